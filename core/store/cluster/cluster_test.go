package cluster

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCluster(t *testing.T) {
	t.Parallel()
	if _, err := findPrograms(); err != nil {
		t.Skip(err)
	}
	c, err := Start()
	require.NoError(t, err)
	stopped := false
	defer func() {
		if !stopped {
			_ = c.Stop()
		}
	}()
	require.Positive(t, c.PID)

	text, err := Describe(t.Context(), c.URL)
	require.NoError(t, err)
	require.Regexp(t, `^PostgreSQL \d.*, fsync=on, synchronous_commit=on$`, text)

	database, drop, err := CreateDatabase(t.Context(), c.URL, "made_")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(database.Path, "/made_"))
	require.NoError(t, execute(t.Context(), database, "CREATE TABLE kept (id integer)"))
	require.NoError(t, drop(t.Context()))
	require.ErrorContains(t, execute(t.Context(), database, "SELECT 1"), "does not exist")

	dir := c.janitor.Args[4]
	require.DirExists(t, dir)
	stopped = true
	require.NoError(t, c.Stop())
	_, err = os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Error(t, execute(context.Background(), c.URL, "SELECT 1"))
}

func TestCompareVersions(t *testing.T) {
	t.Parallel()
	require.Positive(t, compareVersions("/usr/lib/postgresql/15/bin/initdb", "/usr/lib/postgresql/9/bin/initdb"))
	require.Negative(t, compareVersions("/usr/lib/postgresql/x/bin/initdb", "/usr/lib/postgresql/9/bin/initdb"))
}
