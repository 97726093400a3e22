package cluster

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCluster(t *testing.T) {
	t.Parallel()
	if _, err := findPrograms(); err != nil {
		require.Empty(t, os.Getenv("CI"), "CI must run this test: %v", err)
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

	before := c.PID
	require.NoError(t, c.Interrupt())
	require.Error(t, execute(t.Context(), database, "SELECT 1"))
	require.NoError(t, c.Resume())
	require.NotEqual(t, before, c.PID)
	require.NoError(t, execute(t.Context(), database, "INSERT INTO kept VALUES (1)"))

	requireSevers(t, database)
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

// requireSevers ends a statement that would take long; idle connections stay.
func requireSevers(t *testing.T, database *url.URL) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- execute(context.Background(), database, "SELECT pg_sleep(60)") }()
	require.Eventually(t, func() bool {
		n, err := Sever(t.Context(), database)
		require.NoError(t, err)
		return n == 1
	}, 10*time.Second, 10*time.Millisecond)
	require.ErrorContains(t, <-ended, "terminating connection")
	n, err := Sever(t.Context(), database)
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestCompareVersions(t *testing.T) {
	t.Parallel()
	require.Positive(t, compareVersions("/usr/lib/postgresql/15/bin/initdb", "/usr/lib/postgresql/9/bin/initdb"))
	require.Negative(t, compareVersions("/usr/lib/postgresql/x/bin/initdb", "/usr/lib/postgresql/9/bin/initdb"))
}
