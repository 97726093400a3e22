package storetest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func newKey(t *testing.T, st *store.Store, accountID uuid.UUID, token string, change ...func(*account.Key)) *account.Key {
	t.Helper()
	k := &account.Key{ID: newID(t), AccountID: accountID, Name: "k", Scopes: []string{"*"}, Hint: token[:1], CreatedAt: at}
	for _, c := range change {
		c(k)
	}
	require.NoError(t, st.CreateKey(t.Context(), k, sha256.Sum256([]byte(token))))
	return k
}

func operator(k *account.Key) { k.Operator = true }

var keyTests = map[string]func(*testing.T, *store.Store){
	"is read as it was made": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		plain := newKey(t, st, id, "a")
		full := newKey(t, st, id, "b", operator, func(k *account.Key) {
			k.ClientID = "client"
			k.Scopes, k.ExpiresAt = []string{"events:write", `odd"scope,`}, at.Add(time.Hour)
		})
		for token, want := range map[string]*account.Key{"a": plain, "b": full} {
			got, err := st.KeyByHash(t.Context(), sha256.Sum256([]byte(token)))
			require.NoError(t, err)
			require.Equal(t, want, got)
			got, err = st.Key(t.Context(), id, want.ID)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		list, err := st.ListKeys(t.Context(), account.KeyQuery{AccountID: id, Limit: 10})
		require.NoError(t, err)
		require.Equal(t, []account.Key{*plain, *full}, list)
		list, err = st.ListKeys(t.Context(), account.KeyQuery{AccountID: id, After: plain.ID, Limit: 10})
		require.NoError(t, err)
		require.Equal(t, []account.Key{*full}, list)
	},
	"one token once": func(t *testing.T, st *store.Store) {
		newKey(t, st, newAccount(t, st, "acme"), "a")
		other := newAccount(t, st, "other")
		err := st.CreateKey(t.Context(), &account.Key{ID: newID(t), AccountID: other, CreatedAt: at}, sha256.Sum256([]byte("a")))
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
	},
	"one client id in an account, until its key is revoked": func(t *testing.T, st *store.Store) {
		id, other := newAccount(t, st, "acme"), newAccount(t, st, "other")
		client := func(k *account.Key) { k.ClientID = "client" }
		first := newKey(t, st, id, "a", client)
		newKey(t, st, other, "b", client)
		k := &account.Key{ID: newID(t), AccountID: id, ClientID: "client", CreatedAt: at}
		err := st.CreateKey(t.Context(), k, sha256.Sum256([]byte("c")))
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		_, err = st.RevokeKey(t.Context(), id, first.ID, at)
		require.NoError(t, err)
		require.NoError(t, st.CreateKey(t.Context(), k, sha256.Sum256([]byte("c"))))
	},
	"by state": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		ends := func(when time.Time) func(*account.Key) { return func(k *account.Key) { k.ExpiresAt = when } }
		lasting, later := newKey(t, st, id, "a"), newKey(t, st, id, "b", ends(at.Add(time.Microsecond)))
		over := newKey(t, st, id, "c", ends(at))
		gone := newKey(t, st, id, "d", ends(at), func(k *account.Key) { k.RevokedAt = at })
		for state, want := range map[account.KeyState][]account.Key{
			"": {*lasting, *later, *over, *gone}, account.KeyActive: {*lasting, *later}, account.KeyExpired: {*over}, account.KeyRevoked: {*gone},
		} {
			got, err := st.ListKeys(t.Context(), account.KeyQuery{AccountID: id, State: state, Now: at})
			require.NoError(t, err)
			require.Equal(t, want, got, state)
		}
	},
	"is replaced by one with its client id": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		old := newKey(t, st, id, "a", func(k *account.Key) { k.ClientID = "client" })
		next := &account.Key{ID: newID(t), AccountID: id, ClientID: "client", CreatedAt: at}
		got, err := st.RotateKey(t.Context(), id, old.ID, func(k *account.Key) (*account.Key, [sha256.Size]byte, error) {
			require.Equal(t, old, k)
			k.ExpiresAt = at.Add(time.Hour)
			return next, sha256.Sum256([]byte("b")), nil
		})
		require.NoError(t, err)
		require.Equal(t, next, got)
		read, err := st.KeyByHash(t.Context(), sha256.Sum256([]byte("b")))
		require.NoError(t, err)
		require.Equal(t, next, read)
		read, err = st.Key(t.Context(), id, old.ID)
		require.NoError(t, err)
		require.Equal(t, at.Add(time.Hour), read.ExpiresAt)
		require.Equal(t, next.ID, read.ReplacedBy)
		for _, who := range [][2]uuid.UUID{{id, newID(t)}, {newID(t), old.ID}} {
			_, err = st.RotateKey(t.Context(), who[0], who[1], nil)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		}
		// A token that is in use makes nothing of it.
		_, err = st.RotateKey(t.Context(), id, next.ID, func(k *account.Key) (*account.Key, [sha256.Size]byte, error) {
			k.ExpiresAt = at
			return &account.Key{ID: newID(t), AccountID: id, CreatedAt: at}, sha256.Sum256([]byte("a")), nil
		})
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		read, err = st.Key(t.Context(), id, next.ID)
		require.NoError(t, err)
		require.Equal(t, next, read)
	},
	"is used": func(t *testing.T, st *store.Store) {
		a, b := newKey(t, st, newAccount(t, st, "acme"), "a"), newKey(t, st, newAccount(t, st, "other"), "b")
		used := func(k *account.Key) time.Time {
			got, err := st.Key(t.Context(), k.AccountID, k.ID)
			require.NoError(t, err)
			return got.LastUsedAt
		}
		require.Zero(t, used(a))
		for _, when := range []time.Time{at.Add(time.Hour), at} { // the earlier changes nothing
			require.NoError(t, st.NoteUse(t.Context(), []account.KeyUse{
				{AccountID: a.AccountID, KeyID: a.ID, At: when}, {AccountID: b.AccountID, KeyID: a.ID, At: when}, {AccountID: a.AccountID, KeyID: newID(t), At: when},
			}))
			require.Equal(t, at.Add(time.Hour), used(a))
		}
		require.Zero(t, used(b))
	},
	"unknown": func(t *testing.T, st *store.Store) {
		_, err := st.KeyByHash(t.Context(), sha256.Sum256([]byte("x")))
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		k := newKey(t, st, newAccount(t, st, "acme"), "a")
		for _, who := range [][2]uuid.UUID{{k.AccountID, uuid.Nil}, {uuid.Nil, k.ID}, {newID(t), k.ID}} {
			_, err := st.Key(t.Context(), who[0], who[1])
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		}
	},
	"is revoked alone and once": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		a, b := newKey(t, st, id, "a"), newKey(t, st, id, "b")
		got, err := st.RevokeKey(t.Context(), id, a.ID, at.Add(time.Minute))
		require.NoError(t, err)
		require.Equal(t, at.Add(time.Minute), got.RevokedAt)
		got, err = st.RevokeKey(t.Context(), id, a.ID, at.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, at.Add(time.Minute), got.RevokedAt, "the first time stays")
		other, err := st.KeyByHash(t.Context(), sha256.Sum256([]byte("b")))
		require.NoError(t, err)
		require.Equal(t, b, other)
	},
	// gorm leaves zero values out of conditions that it makes from a struct.
	"the zero id revokes nothing": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		a := newKey(t, st, id, "a")
		for _, who := range [][2]uuid.UUID{{id, uuid.Nil}, {uuid.Nil, a.ID}, {uuid.Nil, uuid.Nil}, {newID(t), a.ID}} {
			_, err := st.RevokeKey(t.Context(), who[0], who[1], at)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		}
		got, err := st.KeyByHash(t.Context(), sha256.Sum256([]byte("a")))
		require.NoError(t, err)
		require.True(t, got.RevokedAt.IsZero())
	},
	"operator keys": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		has := func() bool {
			got, err := st.HasOperatorKey(t.Context(), at)
			require.NoError(t, err)
			return got
		}
		newKey(t, st, id, "a")
		require.False(t, has(), "no operator")
		newKey(t, st, id, "b", operator, func(k *account.Key) { k.ExpiresAt = at })
		require.False(t, has(), "expired")
		newKey(t, st, id, "c", operator, func(k *account.Key) { k.RevokedAt = at })
		require.False(t, has(), "revoked")
		last := newKey(t, st, id, "d", operator, func(k *account.Key) { k.ExpiresAt = at.Add(time.Microsecond) })
		require.True(t, has())
		_, err := st.RevokeKey(t.Context(), id, last.ID, at)
		require.NoError(t, err)
		require.False(t, has())
	},
}
