package secret_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/secret"
)

func newBox(t require.TestingT, fill byte) *secret.Box {
	b, err := secret.NewBox(bytes.Repeat([]byte{fill}, secret.KeySize))
	require.NoError(t, err)
	return b
}

func TestSealThenOpenGivesTheText(t *testing.T) {
	t.Parallel()
	box := newBox(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.String().Draw(t, "plain")
		row := rapid.SliceOfN(rapid.Byte(), 1, 32).Draw(t, "row")
		sealed, err := box.Seal(plain, row)
		require.NoError(t, err)
		if plain == "" {
			require.Nil(t, sealed)
		} else {
			require.NotContains(t, string(sealed[1:]), plain+plain)
			require.Len(t, sealed, 1+12+len(plain)+16)
		}
		got, err := box.Open(sealed, row)
		require.NoError(t, err)
		require.Equal(t, plain, got)
	})
}

func TestSealIsNeverTheSameTwice(t *testing.T) {
	t.Parallel()
	box := newBox(t, 1)
	a, err := box.Seal("whsec_abc", []byte("row"))
	require.NoError(t, err)
	b, err := box.Seal("whsec_abc", []byte("row"))
	require.NoError(t, err)
	require.NotEqual(t, a, b)
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	box, row := newBox(t, 1), []byte("row-1")
	sealed, err := box.Seal("whsec_abc", row)
	require.NoError(t, err)

	_, err = newBox(t, 2).Open(sealed, row)
	require.ErrorIs(t, err, secret.ErrOpen, "another key")
	_, err = box.Open(sealed, []byte("row-2"))
	require.ErrorIs(t, err, secret.ErrOpen, "another row")
	for i := 1; i < len(sealed); i++ {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, err = box.Open(changed, row)
		require.ErrorIs(t, err, secret.ErrOpen, "byte %d changed", i)
	}
	for n := 1; n < len(sealed); n++ {
		_, err = box.Open(sealed[:n], row)
		require.ErrorIs(t, err, secret.ErrOpen, "cut to %d bytes", n)
	}
	_, err = box.Open(append([]byte{9}, sealed[1:]...), row)
	require.ErrorContains(t, err, "unknown version 9")
}

func TestSealWantsARowID(t *testing.T) {
	t.Parallel()
	_, err := newBox(t, 1).Seal("text", nil)
	require.ErrorContains(t, err, "row id is empty")
}

func TestNewBoxWantsAKeyOf32Bytes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		_, err := secret.NewBox(make([]byte, n))
		require.ErrorContains(t, err, "want 32")
	}
}

func TestFingerprintTellsKeysApart(t *testing.T) {
	t.Parallel()
	require.Equal(t, newBox(t, 1).Fingerprint(), newBox(t, 1).Fingerprint())
	require.NotEqual(t, newBox(t, 1).Fingerprint(), newBox(t, 2).Fingerprint())
	require.Len(t, newBox(t, 1).Fingerprint(), 16)
}

func FuzzOpen(f *testing.F) {
	box := newBox(f, 1)
	sealed, err := box.Seal("whsec_abc", []byte("row"))
	require.NoError(f, err)
	f.Add(sealed)
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, in []byte) {
		plain, err := box.Open(in, []byte("row"))
		// Nothing but a seed can be opened. Each fuzzing process seals its own.
		if err == nil && len(in) > 0 {
			require.Equal(t, "whsec_abc", plain)
		} else {
			require.Empty(t, plain)
		}
	})
}

func TestGenerateToken(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		token := secret.GenerateToken("swh_")
		require.Regexp(t, `^swh_[0-9A-Za-z]{43}$`, token)
		require.False(t, seen[token])
		seen[token] = true
	}
}

func TestHashToken(t *testing.T) {
	t.Parallel()
	token := secret.GenerateToken("swh_")
	require.Equal(t, secret.HashToken(token), secret.HashToken(token))
	require.NotEqual(t, secret.HashToken(token), secret.HashToken(strings.ToLower(token)+"x"))
}
