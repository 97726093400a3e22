package secret_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/secret"
)

func TestLoadOrCreateKeyMakesItOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "secret.key")
	first, err := secret.LoadOrCreateKey(path)
	require.NoError(t, err)
	require.Len(t, first, secret.KeySize)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	again, err := secret.LoadOrCreateKey(path)
	require.NoError(t, err)
	require.Equal(t, first, again)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "the temporary file stayed behind")
}

func TestLoadOrCreateKeyAtTheSameTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret.key")
	keys := make([][]byte, 16)
	errs := make([]error, len(keys))
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() { keys[i], errs[i] = secret.LoadOrCreateKey(path) })
	}
	wg.Wait()
	for i := range keys {
		require.NoError(t, errs[i])
		require.Equal(t, keys[0], keys[i])
	}
}

func TestLoadOrCreateKeyRefuses(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString(make([]byte, secret.KeySize))
	tests := map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"empty file":     {"", 0o600, "malformed"},
		"not base64":     {"tops$cret", 0o600, "is not base64"},
		"half a key":     {good[:20], 0o600, "has 15 bytes, want 32"},
		"far too long":   {strings.Repeat("A", 1<<20), 0o600, "want 32"},
		"read by others": {good, 0o604, "chmod 600"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "secret.key")
			require.NoError(t, os.WriteFile(path, []byte(tt.content), tt.mode))
			_, err := secret.LoadOrCreateKey(path)
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, path)
			require.NotContains(t, err.Error(), "tops$cret")
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, tt.content, string(after), "a bad file was changed")
		})
	}
}

func TestLoadOrCreateKeyWithoutADirectory(t *testing.T) {
	t.Parallel()
	_, err := secret.LoadOrCreateKey(filepath.Join(t.TempDir(), "missing", "secret.key"))
	require.ErrorContains(t, err, "SWITCHHOOK_SECRET_KEY")
	_, err = secret.LoadOrCreateKey(t.TempDir())
	require.ErrorContains(t, err, "not a regular file")
}

func TestParseKeyTakesEveryBase64(t *testing.T) {
	t.Parallel()
	key := make([]byte, secret.KeySize)
	for i := range key {
		key[i] = byte(0xFF - i)
	}
	for _, enc := range []*base64.Encoding{
		base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
	} {
		got, err := secret.ParseKey(" " + enc.EncodeToString(key) + "\n")
		require.NoError(t, err)
		require.Equal(t, key, got)
	}
}
