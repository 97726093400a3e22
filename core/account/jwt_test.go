package account_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/account/jwtkey"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const jwtSecret = "0123456789abcdef0123456789abcdef"

// jwtService is a service that takes JWTs beside keys and access tokens.
func (b *bench) jwtService(t *testing.T, change ...func(*jwtkey.Config)) *account.Service {
	t.Helper()
	c := jwtkey.Config{
		Secret: jwtSecret, AccountClaim: "account", ScopeClaim: "scope", Now: b.clock, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&c)
	}
	v, err := jwtkey.New(c)
	require.NoError(t, err)
	return b.with(t, 1, account.WithJWT(v))
}

func newJWT(t testing.TB, change map[string]any) sdk.Secret {
	t.Helper()
	c := jwt.MapClaims{"account": "acme", "scope": "admin:read", "exp": now.Add(time.Hour).Unix()}
	maps.Copy(c, change)
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(jwtSecret))
	require.NoError(t, err)
	return sdk.Secret(token)
}

func TestJWTInAKeysPlace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.jwtService(t)
	acme := b.account(t, "acme")
	b.account(t, "other")
	for name, c := range map[string]struct {
		claims map[string]any
		as     string
		scopes []string
		code   sdk.Code
	}{
		"by name":                     {scopes: []string{"admin:read"}},
		"by id":                       {claims: map[string]any{"account": acme.String()}, scopes: []string{"admin:read"}},
		"its own account, named":      {as: "acme", scopes: []string{"admin:read"}},
		"for another account":         {as: "other", code: sdk.CodeDenied},
		"for nobody":                  {as: "nobody", code: sdk.CodeDenied},
		"everything, but no operator": {claims: map[string]any{"scope": "*", "operator": true}, scopes: []string{"*"}},
		"everything, for another":     {claims: map[string]any{"scope": "* operator", "operator": true}, as: "other", code: sdk.CodeDenied},
		"no scopes":                   {claims: map[string]any{"scope": ""}, scopes: []string{}},
		"an unknown account":          {claims: map[string]any{"account": "nobody"}, code: sdk.CodeUnauthenticated},
		"an odd account":              {claims: map[string]any{"account": "\x00"}, code: sdk.CodeUnauthenticated},
		"expired":                     {claims: map[string]any{"exp": now.Unix()}, code: sdk.CodeUnauthenticated},
	} {
		for range 2 { // checked, from the cache
			token := newJWT(t, c.claims)
			p, err := s.Authenticate(t.Context(), token, c.as)
			if c.code != 0 {
				requireCode(t, err, c.code)
				require.NotContains(t, err.Error(), token.Reveal(), name)
				continue
			}
			require.NoError(t, err, name)
			require.Equal(t, &account.Principal{AccountID: acme, Scopes: c.scopes}, p, name)
		}
	}
	_, err := b.Authenticate(t.Context(), newJWT(t, nil), "")
	requireCode(t, err, sdk.CodeUnauthenticated)
}

func TestAJWTEndsThoughItIsInTheCache(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.jwtService(t)
	b.account(t, "acme")
	token := newJWT(t, map[string]any{"exp": now.Add(time.Minute).Unix()})
	_, err := s.Authenticate(t.Context(), token, "")
	require.NoError(t, err)
	b.now = now.Add(time.Minute)
	_, err = s.Authenticate(t.Context(), token, "")
	requireCode(t, err, sdk.CodeUnauthenticated)
}

// A token that was taken over stays what it was, whatever its form.
func TestAKeyThatLooksLikeAJWT(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.jwtService(t)
	acme, other := b.account(t, "acme"), b.account(t, "other")
	for _, token := range []sdk.Secret{"opaque.but.segmented", newJWT(t, map[string]any{"account": "other", "scope": "*"})} {
		k, _ := b.key(t, account.NewKey{AccountID: acme, Token: token, Scopes: []string{"events:write"}})
		for range 2 {
			p, err := s.Authenticate(t.Context(), token, "")
			require.NoError(t, err)
			require.Equal(t, account.Principal{AccountID: acme, KeyID: k.ID, Scopes: []string{"events:write"}}, seen(p))
			require.NotEqual(t, other, p.AccountID)
		}
		_, err := s.RevokeKey(t.Context(), acme, k.ID)
		require.NoError(t, err)
		_, err = s.Authenticate(t.Context(), token, "")
		requireCode(t, err, sdk.CodeUnauthenticated)
	}
}

func TestAKeyServerThatIsDownIsNoWrongToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	b := newBench(t)
	s := b.jwtService(t, func(c *jwtkey.Config) { c.Secret, c.URL = "", server.URL })
	acme := b.account(t, "acme")
	k, secret := b.key(t, account.NewKey{AccountID: acme})
	token := strings.Replace(newJWT(t, nil).Reveal(), header("HS256"), header("RS256"), 1)
	_, err := s.Authenticate(t.Context(), sdk.Secret(token), "")
	requireCode(t, err, sdk.CodeUnavailable)
	// What needs no key server is not concerned.
	_, err = s.Authenticate(t.Context(), secret, "")
	require.NoError(t, err)
	_, err = s.Authenticate(t.Context(), grant(t, s, k, secret), "")
	require.NoError(t, err)
	_, err = s.Authenticate(t.Context(), newJWT(t, nil), "")
	requireCode(t, err, sdk.CodeUnauthenticated)
}

// header is the first segment of a token of an algorithm.
func header(alg string) string {
	token, err := jwt.New(&named{alg}).SigningString()
	if err != nil {
		panic(err)
	}
	return token[:strings.IndexByte(token, '.')]
}

// named is a signing method that has a name and nothing else.
type named struct{ alg string }

func (n *named) Alg() string                    { return n.alg }
func (*named) Verify(string, []byte, any) error { return jwt.ErrTokenUnverifiable }
func (*named) Sign(string, any) ([]byte, error) { return nil, jwt.ErrTokenUnverifiable }

func FuzzAuthenticate(f *testing.F) {
	f.Add(newJWT(f, nil).Reveal())
	f.Add("..")
	f.Add("swh_key")
	v, err := jwtkey.New(jwtkey.Config{
		Secret: jwtSecret, AccountClaim: "account", ScopeClaim: "scope",
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(f, err)
	s := account.NewService(nobody{}, func() time.Time { return now }, slog.New(slog.DiscardHandler), account.WithJWT(v))
	f.Fuzz(func(t *testing.T, token string) {
		p, err := s.Authenticate(t.Context(), sdk.Secret(token), "")
		require.Nil(t, p)
		requireCode(t, err, sdk.CodeUnauthenticated)
	})
}

// nobody is a store without accounts and keys.
type nobody struct{ account.Store }

func (nobody) KeyByHash(context.Context, [32]byte) (*account.Key, error) {
	return nil, sdk.Errorf(sdk.CodeNotFound, "There is no such API key")
}

func (nobody) AccountByName(context.Context, string) (*account.Account, error) {
	return nil, sdk.Errorf(sdk.CodeNotFound, "There is no such account")
}
