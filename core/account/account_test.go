package account_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var now = time.Date(2026, 11, 21, 10, 11, 12, 345_678_000, time.UTC)

// bench is a service on a real store, with a clock to be moved.
type bench struct {
	*account.Service
	store *store.Store
	now   time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	st, err := store.OpenSQLite(t.TempDir(), store.Options{Box: storetest.Box(t, 1), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	b := &bench{store: st, now: now}
	b.Service = b.another()
	return b
}

// another is a service on the same store, as another node has.
func (b *bench) another() *account.Service {
	return account.NewService(b.store, func() time.Time { return b.now }, slog.New(slog.DiscardHandler))
}

func (b *bench) account(t *testing.T, name string) uuid.UUID {
	t.Helper()
	a, err := b.CreateAccount(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, now, a.CreatedAt)
	return a.ID
}

func (b *bench) key(t *testing.T, in account.NewKey) (*account.Key, sdk.Secret) {
	t.Helper()
	k, token, err := b.CreateKey(t.Context(), in)
	require.NoError(t, err)
	return k, token
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme, other := b.account(t, "acme"), b.account(t, "other")
	plain, plainToken := b.key(t, account.NewKey{AccountID: acme, Name: "k"})
	scoped, scopedToken := b.key(t, account.NewKey{AccountID: acme, Scopes: []string{account.ScopeEventsWrite}})
	op, opToken := b.key(t, account.NewKey{AccountID: acme, Operator: true})
	_, lateToken := b.key(t, account.NewKey{AccountID: acme, ExpiresAt: now.Add(time.Hour)})
	all := []string{"*"}
	tests := map[string]struct {
		token sdk.Secret
		as    string
		after time.Duration
		want  account.Principal
		code  sdk.Code
		why   string
	}{
		"own":                          {token: plainToken, want: account.Principal{AccountID: acme, KeyID: plain.ID, Scopes: all}},
		"own, named":                   {token: plainToken, as: "acme", want: account.Principal{AccountID: acme, KeyID: plain.ID, Scopes: all}},
		"own, by id":                   {token: plainToken, as: acme.String(), want: account.Principal{AccountID: acme, KeyID: plain.ID, Scopes: all}},
		"scoped":                       {token: scopedToken, want: account.Principal{AccountID: acme, KeyID: scoped.ID, Scopes: []string{"events:write"}}},
		"operator":                     {token: opToken, want: account.Principal{AccountID: acme, KeyID: op.ID, Scopes: all, Operator: true}},
		"operator for another":         {token: opToken, as: "other", want: account.Principal{AccountID: other, KeyID: op.ID, Scopes: all, Operator: true}},
		"operator for another, by id":  {token: opToken, as: other.String(), want: account.Principal{AccountID: other, KeyID: op.ID, Scopes: all, Operator: true}},
		"operator for nobody":          {token: opToken, as: "nobody", code: sdk.CodeNotFound},
		"operator for an odd name":     {token: opToken, as: "\xff\x00", code: sdk.CodeNotFound},
		"operator for nobody, by id":   {token: opToken, as: uuid.NewString(), code: sdk.CodeNotFound},
		"another's":                    {token: plainToken, as: "other", code: sdk.CodeDenied, why: sdk.ReasonInsufficientScope},
		"nobody's looks like that":     {token: plainToken, as: "nobody", code: sdk.CodeDenied, why: sdk.ReasonInsufficientScope},
		"missing":                      {code: sdk.CodeUnauthenticated, why: sdk.ReasonMissingCredentials},
		"unknown":                      {token: "swh_unknown", code: sdk.CodeUnauthenticated, why: sdk.ReasonInvalidCredentials},
		"case":                         {token: sdk.Secret(strings.ToUpper(plainToken.Reveal())), code: sdk.CodeUnauthenticated, why: sdk.ReasonInvalidCredentials},
		"just not expired":             {token: lateToken, after: time.Hour - 1, want: account.Principal{AccountID: acme, Scopes: all}},
		"expired, though in the cache": {token: lateToken, after: time.Hour, code: sdk.CodeUnauthenticated, why: sdk.ReasonInvalidCredentials},
	}
	_, err := b.Authenticate(t.Context(), lateToken, "")
	require.NoError(t, err)
	for name, c := range tests {
		b.now = now.Add(c.after)
		for range 2 { // from the store, from the cache
			got, err := b.Authenticate(t.Context(), c.token, c.as)
			if c.code != 0 {
				require.True(t, sdk.IsCode(err, c.code), "%s: %v", name, err)
				require.Equal(t, c.why, sdk.AsError(err).Reason, name)
				require.Nil(t, got, name)
				if c.token != "" {
					require.NotContains(t, err.Error(), c.token.Reveal(), name)
				}
				continue
			}
			require.NoError(t, err, name)
			if c.want.KeyID == uuid.Nil {
				c.want.KeyID = got.KeyID
			}
			require.Equal(t, c.want, seen(got), name)
		}
	}
}

// seen is what is told of a principal, but for its key's name.
func seen(p *account.Principal) account.Principal {
	return account.Principal{AccountID: p.AccountID, KeyID: p.KeyID, Scopes: p.Scopes, Operator: p.Operator, Portal: p.Portal}
}

func TestPrincipalCan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p      account.Principal
		scopes []string
		want   bool
	}{
		{account.Principal{Scopes: []string{"a"}}, []string{"a"}, true},
		{account.Principal{Scopes: []string{"a"}}, []string{"b", "a"}, true},
		{account.Principal{Scopes: []string{"a"}}, []string{"b"}, false},
		{account.Principal{Scopes: []string{"a"}}, nil, false},
		{account.Principal{}, []string{"a"}, false},
		{account.Principal{Scopes: []string{"*"}}, []string{"a"}, true},
		{account.Principal{Operator: true}, []string{"a"}, true},
	} {
		require.Equal(t, c.want, c.p.CanAny(c.scopes), "%+v", c)
	}
}

func TestARevokedKeyStopsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	k, token := b.key(t, account.NewKey{AccountID: acme})
	_, err := b.Authenticate(t.Context(), token, "")
	require.NoError(t, err)
	got, err := b.RevokeKey(t.Context(), acme, k.ID)
	require.NoError(t, err)
	require.Equal(t, now, got.RevokedAt)
	_, err = b.Authenticate(t.Context(), token, "")
	require.True(t, sdk.IsCode(err, sdk.CodeUnauthenticated), "%v", err)
	_, err = b.RevokeKey(t.Context(), acme, k.ID)
	require.NoError(t, err, "again is no error")
	for _, unknown := range []uuid.UUID{uuid.New(), uuid.Nil} {
		_, err = b.RevokeKey(t.Context(), acme, unknown)
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	}
}

func TestARevocationByAnotherNodeIsSeen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	k, token := b.key(t, account.NewKey{AccountID: acme})
	_, err := b.Authenticate(t.Context(), token, "")
	require.NoError(t, err)
	_, err = b.another().RevokeKey(t.Context(), acme, k.ID)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := b.Authenticate(context.Background(), token, "")
		return sdk.IsCode(err, sdk.CodeUnauthenticated)
	}, 10*time.Second, 50*time.Millisecond)
}

// slow is a store that waits between reading a key and returning it.
type slow struct {
	account.Store
	read, resume chan struct{}
	once         sync.Once
}

func (s *slow) KeyByHash(ctx context.Context, hash [32]byte) (*account.Key, error) {
	k, err := s.Store.KeyByHash(ctx, hash)
	s.once.Do(func() {
		close(s.read)
		<-s.resume
	})
	return k, err
}

func TestAKeyReadBeforeItsRevocationIsNotKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	k, token := b.key(t, account.NewKey{AccountID: acme})
	s := &slow{Store: b.store, read: make(chan struct{}), resume: make(chan struct{})}
	service := account.NewService(s, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() {
		_, err := service.Authenticate(context.Background(), token, "")
		done <- err
	}()
	<-s.read
	_, err := service.RevokeKey(t.Context(), acme, k.ID)
	require.NoError(t, err)
	close(s.resume)
	require.NoError(t, <-done, "it was valid when it was read")
	_, err = service.Authenticate(t.Context(), token, "")
	require.True(t, sdk.IsCode(err, sdk.CodeUnauthenticated), "%v", err)
}

// broken is a store that is out of order.
type broken struct{ account.Store }

var errBroken = errors.New("broken")

func (broken) KeyByHash(context.Context, [32]byte) (*account.Key, error) { return nil, errBroken }

func TestAnOutageIsNoWrongKey(t *testing.T) {
	t.Parallel()
	s := account.NewService(broken{}, time.Now, slog.New(slog.DiscardHandler))
	_, err := s.Authenticate(t.Context(), "swh_token", "")
	require.ErrorIs(t, err, errBroken)
}

func TestCreateKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	acme := b.account(t, "acme")
	k, token := b.key(t, account.NewKey{AccountID: acme, Name: "n", ExpiresAt: now.Add(time.Hour)})
	require.Regexp(t, `^swh_[0-9A-Za-z]{43}$`, token.Reveal())
	require.Equal(t, token.Reveal()[:8]+"…", k.Hint)
	list, err := b.ListKeys(t.Context(), account.KeyQuery{AccountID: acme, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []account.Key{*k}, list)
	mine, given := b.key(t, account.NewKey{AccountID: acme, Token: "0123456789abcdef"})
	require.Equal(t, "0123456789abcdef", given.Reveal())
	require.Equal(t, "0123…", mine.Hint)
	for name, c := range map[string]struct {
		in    account.NewKey
		code  sdk.Code
		field string
	}{
		"short token":     {account.NewKey{AccountID: acme, Token: "0123456789abcde"}, sdk.CodeInvalid, "/token"},
		"long token":      {account.NewKey{AccountID: acme, Token: sdk.Secret(strings.Repeat("x", 4097))}, sdk.CodeInvalid, "/token"},
		"odd token":       {account.NewKey{AccountID: acme, Token: "ünïcode-ünïcode-ünïcode"}, sdk.CodeInvalid, "/token"},
		"long name":       {account.NewKey{AccountID: acme, Name: strings.Repeat("x", 256)}, sdk.CodeInvalid, "/name"},
		"NUL in name":     {account.NewKey{AccountID: acme, Name: "\x00"}, sdk.CodeInvalid, "/name"},
		"past":            {account.NewKey{AccountID: acme, ExpiresAt: now}, sdk.CodeInvalid, "/expires_at"},
		"odd client id":   {account.NewKey{AccountID: acme, ClientID: "a b"}, sdk.CodeInvalid, "/client_id"},
		"long client id":  {account.NewKey{AccountID: acme, ClientID: strings.Repeat("x", 256)}, sdk.CodeInvalid, "/client_id"},
		"token in use":    {account.NewKey{AccountID: acme, Token: given}, sdk.CodeConflict, ""},
		"unknown account": {account.NewKey{AccountID: uuid.New()}, sdk.CodeNotFound, ""},
	} {
		_, _, err := b.CreateKey(t.Context(), c.in)
		require.True(t, sdk.IsCode(err, c.code), "%s: %v", name, err)
		if c.field != "" {
			require.Equal(t, c.field, sdk.AsError(err).Fields[0].Field, name)
		}
	}
}

func TestAccountNames(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"a", "0", "acme-1.eu_x", strings.Repeat("a", 63)} {
		id := b.account(t, name)
		got, err := b.Find(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, id, got.ID)
	}
	for _, name := range []string{"", "A", "-a", ".a", "a b", "ü", "a\n", strings.Repeat("a", 64), uuid.NewString()} {
		_, err := b.CreateAccount(t.Context(), name)
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%q: %v", name, err)
		require.Equal(t, "/name", sdk.AsError(err).Fields[0].Field)
	}
	_, err := b.CreateAccount(t.Context(), "a")
	require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
	list, err := b.ListAccounts(t.Context(), uuid.Nil, 10)
	require.NoError(t, err)
	require.Len(t, list, 4)
}

func TestCheckScopes(t *testing.T) {
	t.Parallel()
	require.NoError(t, account.CheckScopes(account.Scopes(), nil))
	require.NoError(t, account.CheckScopes([]string{"admin:read"}, []string{"admin:read"}))
	err := account.CheckScopes([]string{"events:write", "admin:read"}, nil)
	require.ErrorContains(t, err, `"admin:read" is not a scope; known are *`)
	require.Equal(t, "/scopes", sdk.AsError(err).Fields[0].Field)
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token, err := b.Bootstrap(t.Context(), "")
	require.NoError(t, err)
	p, err := b.Authenticate(t.Context(), token, "")
	require.NoError(t, err)
	require.True(t, p.Operator)
	def, err := b.Find(t.Context(), account.DefaultName)
	require.NoError(t, err)
	require.Equal(t, def.ID, p.AccountID)
	again, err := b.Bootstrap(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, again, "there is one")
	_, err = b.RevokeKey(t.Context(), def.ID, p.KeyID)
	require.NoError(t, err)
	again, err = b.Bootstrap(t.Context(), "")
	require.NoError(t, err)
	require.NotEmpty(t, again, "nobody could get in otherwise")
}

func TestBootstrapWithAnAdminKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const admin = sdk.Secret("an-admin-key-of-some-length")
	for range 2 {
		token, err := b.Bootstrap(t.Context(), admin)
		require.NoError(t, err)
		require.Empty(t, token)
		p, err := b.Authenticate(t.Context(), admin, "")
		require.NoError(t, err)
		require.True(t, p.Operator)
	}
	def, err := b.Find(t.Context(), account.DefaultName)
	require.NoError(t, err)
	list, err := b.ListKeys(t.Context(), account.KeyQuery{AccountID: def.ID, Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1)
	_, err = b.Bootstrap(t.Context(), "short")
	require.ErrorContains(t, err, "admin_key: ")
	require.NotContains(t, err.Error(), "short\"")
	_, plain := b.key(t, account.NewKey{AccountID: def.ID})
	_, err = b.Bootstrap(t.Context(), plain)
	require.ErrorContains(t, err, "no operator key")
	_, err = b.RevokeKey(t.Context(), def.ID, list[0].ID)
	require.NoError(t, err)
	_, err = b.Bootstrap(t.Context(), admin)
	require.ErrorContains(t, err, "revoked")
	require.NotContains(t, err.Error(), admin.Reveal())
}

func TestBootstrapByManyNodes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const admin = sdk.Secret("an-admin-key-of-some-length")
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = b.another().Bootstrap(context.Background(), admin) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	k, err := b.store.KeyByHash(t.Context(), secret.HashToken(admin.Reveal()))
	require.NoError(t, err)
	require.True(t, k.Operator)
	list, err := b.ListAccounts(t.Context(), uuid.Nil, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
}
