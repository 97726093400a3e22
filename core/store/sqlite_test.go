package store_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
)

// openSQLite opens a store in a directory, with the newest schema.
func openSQLite(t testing.TB, dir string, key byte) *store.Store {
	t.Helper()
	st, err := store.OpenSQLite(dir, store.Options{Box: storetest.Box(t, key), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	return st
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) *store.Store { return openSQLite(t, t.TempDir(), 1) })
}

func TestSQLiteKeepsNothingInClear(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storetest.NothingInClear(t, openSQLite(t, dir, 1), func() string {
		var all []byte
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		for _, f := range files {
			b, err := os.ReadFile(f)
			require.NoError(t, err)
			all = append(all, b...)
		}
		return string(all)
	})
}

func TestSQLiteFindsOutAnotherKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openSQLite(t, dir, 1)
	// One process holds the directory; the same files under another name stand
	// for a later start.
	second := openSQLite(t, linked(t, dir), 2)
	storetest.OtherKey(t, first, second)
}

// linked is another directory with the same database.
func linked(t *testing.T, dir string) string {
	t.Helper()
	other := t.TempDir()
	for _, name := range []string{"switchhook.db", "switchhook.db-wal", "switchhook.db-shm"} {
		require.NoError(t, os.Symlink(filepath.Join(dir, name), filepath.Join(other, name)))
	}
	return other
}

func TestSQLiteIsForOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openSQLite(t, dir, 1)
	_, err := store.OpenSQLite(dir, store.Options{Box: storetest.Box(t, 1), Now: time.Now})
	require.ErrorContains(t, err, "is in use by another process")
	require.ErrorContains(t, err, dir)
}

func TestSQLiteOpensAgainAfterClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		st, err := store.OpenSQLite(dir, store.Options{Box: storetest.Box(t, 1), Now: time.Now})
		require.NoError(t, err)
		require.NoError(t, st.Ping(t.Context()))
		require.NoError(t, st.Close())
	}
}

func TestSQLiteFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain", "with space", "100%", "a?b=c&d", "h#sh", "ü", "a%20b", "q'uote", "semi;colon", "a:b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), name, "data")
			st := openSQLite(t, dir, 1)
			require.NoError(t, st.Check(t.Context()))
			for _, file := range []string{"switchhook.db", "switchhook.db-wal", "switchhook.db-shm"} {
				info, err := os.Stat(filepath.Join(dir, file))
				require.NoError(t, err)
				require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "%s holds bodies in clear", file)
			}
		})
	}
}

func TestSQLiteErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	_, err := store.OpenSQLite(file, store.Options{Box: storetest.Box(t, 1), Now: time.Now})
	require.ErrorContains(t, err, file)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "switchhook.db"), []byte("this is no database, only text that is long enough"), 0o600))
	_, err = store.OpenSQLite(dir, store.Options{Box: storetest.Box(t, 1), Now: time.Now})
	require.ErrorContains(t, err, filepath.Join(dir, "switchhook.db"))
	// The lock is given back, so that a repaired directory opens.
	require.NoError(t, os.Remove(filepath.Join(dir, "switchhook.db")))
	openSQLite(t, dir, 1)
}

func TestSQLiteSettings(t *testing.T) {
	t.Parallel()
	st := openSQLite(t, t.TempDir(), 1)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		require.Equal(t, want, store.Pragma(t, st, true, name), name)
		require.Equal(t, want, store.Pragma(t, st, false, name), name)
	}
	for name, want := range map[string][2]string{
		"temp_store": {"2", "0"}, "query_only": {"0", "1"}, "wal_autocheckpoint": {"4000", "1000"}, "journal_size_limit": {"67108864", "-1"},
	} {
		require.Equal(t, want[0], store.Pragma(t, st, true, name), name)
		require.Equal(t, want[1], store.Pragma(t, st, false, name), name)
	}
}
