package account_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/account/accesstoken"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var offered = []string{"admin:read", "admin:write"}

// with is a service on the bench's store that takes more than keys. fill tells
// encryption keys apart.
func (b *bench) with(t *testing.T, fill byte, options ...account.Option) *account.Service {
	t.Helper()
	signer, err := accesstoken.New(bytes.Repeat([]byte{fill}, 32), b.clock)
	require.NoError(t, err)
	options = append(options, account.WithAccessTokens(signer))
	return account.NewService(b.store, b.clock, slog.New(slog.DiscardHandler), options...)
}

func (b *bench) clock() time.Time { return b.now }

func requireCode(t *testing.T, err error, code sdk.Code) {
	t.Helper()
	require.True(t, sdk.IsCode(err, code), "want %v: %v", code, err)
}

func TestGrant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, other := b.with(t, 1), b.with(t, 1)
	acme := b.account(t, "acme")
	plain, plainToken := b.key(t, account.NewKey{AccountID: acme})
	brought, broughtToken := b.key(t, account.NewKey{AccountID: acme, ClientID: "client", Token: "client-secret-of-old", Scopes: []string{"admin:read"}})
	_, publisher := b.key(t, account.NewKey{AccountID: acme, ClientID: "publisher", Scopes: []string{"events:write"}})
	operator, operatorToken := b.key(t, account.NewKey{AccountID: acme, Operator: true})
	_, short := b.key(t, account.NewKey{AccountID: acme, ClientID: "short", ExpiresAt: now.Add(time.Hour)})
	tests := map[string]struct {
		client string
		secret sdk.Secret
		asked  []string
		want   []string
		keyID  uuid.UUID
		code   sdk.Code
	}{
		"all by default":               {plain.ID.String(), plainToken, nil, offered, plain.ID, 0},
		"a subset":                     {plain.ID.String(), plainToken, []string{"admin:write"}, []string{"admin:write"}, plain.ID, 0},
		"each once, in order":          {plain.ID.String(), plainToken, []string{"admin:write", "admin:read", "admin:write"}, offered, plain.ID, 0},
		"a client id brought along":    {"client", broughtToken, []string{"admin:read"}, []string{"admin:read"}, brought.ID, 0},
		"its own id all the same":      {brought.ID.String(), broughtToken, nil, []string{"admin:read"}, brought.ID, 0},
		"an operator's key":            {operator.ID.String(), operatorToken, nil, offered, operator.ID, 0},
		"more than the key has":        {"client", broughtToken, []string{"admin:read", "admin:write"}, nil, uuid.Nil, sdk.CodeDenied},
		"what the API does not have":   {plain.ID.String(), plainToken, []string{"events:write"}, nil, uuid.Nil, sdk.CodeDenied},
		"everything":                   {plain.ID.String(), plainToken, []string{"*"}, nil, uuid.Nil, sdk.CodeDenied},
		"nothing that the API has":     {"publisher", publisher, nil, nil, uuid.Nil, sdk.CodeDenied},
		"another's secret":             {"client", plainToken, nil, nil, uuid.Nil, sdk.CodeUnauthenticated},
		"no client":                    {"", plainToken, nil, nil, uuid.Nil, sdk.CodeUnauthenticated},
		"a client of no key":           {"publisher", broughtToken, nil, nil, uuid.Nil, sdk.CodeUnauthenticated},
		"an unknown secret":            {"client", "unknown", nil, nil, uuid.Nil, sdk.CodeUnauthenticated},
		"no secret":                    {"client", "", nil, nil, uuid.Nil, sdk.CodeUnauthenticated},
		"the hour that the key has":    {"short", short, nil, offered, uuid.Nil, 0},
		"the client id is one's exact": {"Client", broughtToken, nil, nil, uuid.Nil, sdk.CodeUnauthenticated},
	}
	for name, c := range tests {
		got, err := s.Grant(t.Context(), account.GrantRequest{
			ClientID: c.client, ClientSecret: c.secret, Scopes: c.asked, Offered: offered,
		})
		if c.code != 0 {
			requireCode(t, err, c.code)
			require.Nil(t, got, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, c.want, got.Scopes, name)
		lifetime := accesstoken.Lifetime
		if c.client == "short" {
			lifetime = time.Hour
		}
		require.Equal(t, lifetime, got.ExpiresIn, name)
		// Another node under the same encryption key takes it, first and again.
		for range 2 {
			p, err := other.Authenticate(t.Context(), got.Token, "")
			require.NoError(t, err, name)
			require.Equal(t, acme, p.AccountID)
			require.Equal(t, c.want, p.Scopes, name)
			require.False(t, p.Operator, name)
			if c.keyID != uuid.Nil {
				require.Equal(t, c.keyID, p.KeyID)
			}
		}
	}
}

func grant(t *testing.T, s *account.Service, k *account.Key, token sdk.Secret) sdk.Secret {
	t.Helper()
	got, err := s.Grant(t.Context(), account.GrantRequest{ClientID: k.Client(), ClientSecret: token, Offered: offered})
	require.NoError(t, err)
	return got.Token
}

func TestAccessTokensEndWithTheirKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.with(t, 1)
	acme := b.account(t, "acme")
	k, secret := b.key(t, account.NewKey{AccountID: acme})
	access := grant(t, s, k, secret)
	_, err := s.Authenticate(t.Context(), access, "")
	require.NoError(t, err)
	_, err = s.RevokeKey(t.Context(), acme, k.ID)
	require.NoError(t, err)
	_, err = s.Authenticate(t.Context(), access, "")
	requireCode(t, err, sdk.CodeUnauthenticated)
	_, err = s.Grant(t.Context(), account.GrantRequest{ClientID: k.Client(), ClientSecret: secret, Offered: offered})
	requireCode(t, err, sdk.CodeUnauthenticated)
}

func TestAccessTokensExpire(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, fresh := b.with(t, 1), b.with(t, 1)
	k, secret := b.key(t, account.NewKey{AccountID: b.account(t, "acme")})
	access := grant(t, s, k, secret)
	b.now = now.Add(accesstoken.Lifetime - time.Second)
	_, err := s.Authenticate(t.Context(), access, "")
	require.NoError(t, err)
	b.now = now.Add(accesstoken.Lifetime)
	for _, s := range []*account.Service{s, fresh} { // that has it in the cache, and not
		_, err = s.Authenticate(t.Context(), access, "")
		requireCode(t, err, sdk.CodeUnauthenticated)
		require.ErrorContains(t, err, "expired")
	}
}

func TestAccessTokensOfAnotherHouse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	k, secret := b.key(t, account.NewKey{AccountID: b.account(t, "acme")})
	access := grant(t, b.with(t, 1), k, secret)
	for _, s := range []*account.Service{b.with(t, 2), b.Service} {
		_, err := s.Authenticate(t.Context(), access, "")
		requireCode(t, err, sdk.CodeUnauthenticated)
	}
	_, err := b.Grant(t.Context(), account.GrantRequest{ClientID: k.Client(), ClientSecret: secret, Offered: offered})
	require.ErrorContains(t, err, "makes no access tokens")
}

func TestAnAccessTokenOfAnOperatorActsForNobodyElse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.with(t, 1)
	acme := b.account(t, "acme")
	b.account(t, "other")
	k, secret := b.key(t, account.NewKey{AccountID: acme, Operator: true})
	access := grant(t, s, k, secret)
	p, err := s.Authenticate(t.Context(), access, "acme")
	require.NoError(t, err)
	require.False(t, p.Operator)
	require.False(t, p.Can("keys:write"))
	_, err = s.Authenticate(t.Context(), access, "other")
	requireCode(t, err, sdk.CodeDenied)
}

func TestClientIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	k, _ := b.key(t, account.NewKey{AccountID: acme, ClientID: "client"})
	require.Equal(t, "client", k.Client())
	_, _, err := b.CreateKey(t.Context(), account.NewKey{AccountID: acme, ClientID: "client"})
	requireCode(t, err, sdk.CodeConflict)
	require.ErrorContains(t, err, "client id")
	_, err = b.RevokeKey(t.Context(), acme, k.ID)
	require.NoError(t, err)
	b.key(t, account.NewKey{AccountID: acme, ClientID: "client"})
	own, _ := b.key(t, account.NewKey{AccountID: acme})
	require.Equal(t, own.ID.String(), own.Client())
}
