package account_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/account/accesstoken"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// portal is a service that makes tokens.
func portal(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	clock := func() time.Time { return b.now }
	signer, err := accesstoken.New(make([]byte, 32), clock)
	require.NoError(t, err)
	b.Service = account.NewService(b.store, clock, discard(), account.WithAccessTokens(signer))
	return b
}

func (b *bench) principal(t *testing.T, token sdk.Secret, as string) *account.Principal {
	t.Helper()
	p, err := b.Authenticate(t.Context(), token, as)
	require.NoError(t, err)
	return p
}

func TestAPortalToken(t *testing.T) {
	t.Parallel()
	b := portal(t)
	acme := b.account(t, "acme")
	k, token := b.key(t, account.NewKey{AccountID: acme})
	made, err := b.CreatePortalToken(t.Context(), b.principal(t, token, ""), []string{"subscriptions:read", "events:read", "events:read"}, nil, time.Hour)
	require.NoError(t, err)
	require.Equal(t, []string{"events:read", "subscriptions:read"}, made.Scopes)
	require.Equal(t, now.Add(time.Hour).Truncate(time.Second), made.ExpiresAt)
	claims := jwt.MapClaims{}
	_, _, err = jwt.NewParser().ParseUnverified(made.Token.Reveal(), claims)
	require.NoError(t, err)
	require.Equal(t, made.ID.String(), claims["jti"])
	require.Equal(t, acme.String(), claims["account"])
	require.Equal(t, true, claims["portal"])
	for range 2 { // checked, from the cache
		p := b.principal(t, made.Token, "")
		require.Equal(t, account.Principal{AccountID: acme, KeyID: k.ID, Scopes: made.Scopes, Portal: true}, seen(p))
		require.False(t, p.Can("events:write"))
		_, err = b.Authenticate(t.Context(), made.Token, "other")
		requireCode(t, err, sdk.CodeDenied)
	}
	b.now = now.Add(time.Hour)
	_, err = b.Authenticate(t.Context(), made.Token, "")
	requireCode(t, err, sdk.CodeUnauthenticated)
}

func TestAPortalTokenEndsWithItsKey(t *testing.T) {
	t.Parallel()
	b := portal(t)
	acme := b.account(t, "acme")
	k, token := b.key(t, account.NewKey{AccountID: acme, ExpiresAt: now.Add(time.Minute)})
	made, err := b.CreatePortalToken(t.Context(), b.principal(t, token, ""), []string{"*"}, nil, time.Hour)
	require.NoError(t, err)
	require.Equal(t, now.Add(time.Minute).Truncate(time.Second), made.ExpiresAt)
	b.principal(t, made.Token, "")
	_, err = b.RevokeKey(t.Context(), acme, k.ID)
	require.NoError(t, err)
	_, err = b.Authenticate(t.Context(), made.Token, "")
	requireCode(t, err, sdk.CodeUnauthenticated)
}

// An operator's token is of the account that it was made for, and of no other.
func TestAnOperatorsPortalToken(t *testing.T) {
	t.Parallel()
	b := portal(t)
	acme, other := b.account(t, "acme"), b.account(t, "other")
	k, token := b.key(t, account.NewKey{AccountID: acme, Operator: true})
	made, err := b.CreatePortalToken(t.Context(), b.principal(t, token, "other"), []string{"*"}, nil, time.Hour)
	require.NoError(t, err)
	p := b.principal(t, made.Token, "")
	require.Equal(t, account.Principal{AccountID: other, KeyID: k.ID, Scopes: []string{"*"}, Portal: true}, seen(p))
	require.True(t, p.Can("events:write"))
	require.False(t, p.Can(account.ScopeKeysWrite))
	require.False(t, p.Can(account.ScopeOperator))
	_, err = b.Authenticate(t.Context(), made.Token, "acme")
	requireCode(t, err, sdk.CodeDenied)
	_, err = b.CreatePortalToken(t.Context(), p, []string{"events:read"}, nil, time.Hour)
	requireCode(t, err, sdk.CodeDenied)
	_, err = b.RevokeKey(t.Context(), acme, k.ID)
	require.NoError(t, err)
	_, err = b.Authenticate(t.Context(), made.Token, "")
	requireCode(t, err, sdk.CodeUnauthenticated)
}

func TestPortalTokensThatAreNotMade(t *testing.T) {
	t.Parallel()
	b := portal(t)
	_, token := b.key(t, account.NewKey{AccountID: b.account(t, "acme"), Scopes: []string{"events:read", "keys:write"}})
	p := b.principal(t, token, "")
	for name, c := range map[string]struct {
		p        *account.Principal
		scopes   []string
		lifetime time.Duration
		code     sdk.Code
	}{
		"scopes that the key lacks": {p, []string{"events:write"}, time.Hour, sdk.CodeDenied},
		"every scope":               {p, []string{"*"}, time.Hour, sdk.CodeDenied},
		"making keys":               {p, []string{"keys:write"}, time.Hour, sdk.CodeInvalid},
		"operator":                  {p, []string{"operator"}, time.Hour, sdk.CodeInvalid},
		"unknown scope":             {p, []string{"x"}, time.Hour, sdk.CodeInvalid},
		"no scopes":                 {p, nil, time.Hour, sdk.CodeInvalid},
		"too long":                  {p, []string{"events:read"}, 24*time.Hour + 1, sdk.CodeInvalid},
		"too short":                 {p, []string{"events:read"}, 0, sdk.CodeInvalid},
		"by another issuer's JWT":   {&account.Principal{AccountID: p.AccountID, Scopes: []string{"*"}}, []string{"events:read"}, time.Hour, sdk.CodeDenied},
	} {
		_, err := b.CreatePortalToken(t.Context(), c.p, c.scopes, nil, c.lifetime)
		require.True(t, sdk.IsCode(err, c.code), "%s: %v", name, err)
	}
}
