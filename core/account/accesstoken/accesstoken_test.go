package accesstoken_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account/accesstoken"
)

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func signer(t testing.TB, fill byte, at time.Time) *accesstoken.Signer {
	t.Helper()
	s, err := accesstoken.New(bytes.Repeat([]byte{fill}, 32), func() time.Time { return at })
	require.NoError(t, err)
	return s
}

func grant() accesstoken.Grant {
	return accesstoken.Grant{
		AccountID: uuid.MustParse("01900000-0000-7000-8000-000000000001"), KeyID: uuid.MustParse("01900000-0000-7000-8000-000000000002"),
		KeyAccountID: uuid.MustParse("01900000-0000-7000-8000-000000000001"), ID: "the-token's",
		Scopes: []string{"admin:read", "admin:write"}, ExpiresAt: now.Add(accesstoken.Lifetime),
	}
}

// What a portal's token says more is read as it was signed.
func TestAPortalsTokenIsRead(t *testing.T) {
	t.Parallel()
	want := grant()
	want.Portal, want.KeyAccountID = true, uuid.MustParse("01900000-0000-7000-8000-000000000003")
	token, err := signer(t, 1, now).Sign(want)
	require.NoError(t, err)
	got, err := signer(t, 1, now).Verify(token)
	require.NoError(t, err)
	got.ExpiresAt = want.ExpiresAt
	require.Equal(t, want, got)
}

func TestSignedTokensAreTaken(t *testing.T) {
	t.Parallel()
	token, err := signer(t, 1, now).Sign(grant())
	require.NoError(t, err)
	for _, at := range []time.Time{now, now.Add(accesstoken.Lifetime - time.Second)} {
		got, err := signer(t, 1, at).Verify(token) // another node under the same key
		require.NoError(t, err)
		require.True(t, grant().ExpiresAt.Equal(got.ExpiresAt))
		got.ExpiresAt = grant().ExpiresAt
		require.Equal(t, grant(), got)
	}
	unnamed := grant()
	unnamed.ID = ""
	one, err := signer(t, 1, now).Sign(unnamed)
	require.NoError(t, err)
	again, err := signer(t, 1, now).Sign(unnamed)
	require.NoError(t, err)
	require.NotEqual(t, one, again)
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	good, err := signer(t, 1, now).Sign(grant())
	require.NoError(t, err)
	parts := strings.Split(good, ".")
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": "switchhook", "exp": now.Add(time.Hour).Unix()}).
		SignedString(jwt.UnsafeAllowNoneSignatureType)
	require.NoError(t, err)
	_, err = signer(t, 1, now.Add(accesstoken.Lifetime)).Verify(good)
	require.ErrorIs(t, err, accesstoken.ErrExpired)
	_, err = signer(t, 2, now).Verify(good)
	require.ErrorIs(t, err, accesstoken.ErrForeign, "another encryption key")
	_, err = signer(t, 2, now.Add(accesstoken.Lifetime)).Verify(good)
	require.ErrorIs(t, err, accesstoken.ErrForeign, "a foreign token does not expire here")
	// The encryption key itself signs nothing.
	raw, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "switchhook", "exp": now.Add(time.Hour).Unix(), "sub": grant().KeyID, "account": grant().AccountID,
	}).SignedString(bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	for name, token := range map[string]string{
		"alg none":        none,
		"the raw key":     raw,
		"no signature":    parts[0] + "." + parts[1] + ".",
		"other claims":    parts[0] + ".e30." + parts[2],
		"two segments":    parts[0] + "." + parts[1],
		"empty":           "..",
		"far too long":    strings.Repeat("a", 10_000) + ".b.c",
		"signature added": good + "A",
	} {
		_, err := signer(t, 1, now).Verify(token)
		require.ErrorIs(t, err, accesstoken.ErrForeign, name)
	}
}

func FuzzVerify(f *testing.F) {
	s := signer(f, 1, now)
	good, err := s.Sign(grant())
	require.NoError(f, err)
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		if g, err := s.Verify(token); err == nil {
			require.Equal(t, grant().KeyID, g.KeyID, "only what was signed is taken")
		}
	})
}
