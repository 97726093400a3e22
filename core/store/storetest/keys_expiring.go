package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/store"
)

var keyExpiryTests = map[string]func(*testing.T, *store.Store){
	"those that expire are found in all accounts": func(t *testing.T, st *store.Store) {
		one, other := newAccount(t, st, "one"), newAccount(t, st, "other")
		expiring := func(in time.Duration) func(*account.Key) {
			return func(k *account.Key) { k.ExpiresAt = at.Add(in) }
		}
		first := newKey(t, st, one, "a", expiring(time.Hour))
		newKey(t, st, one, "never")
		newKey(t, st, one, "over", expiring(0))
		newKey(t, st, one, "later", expiring(time.Hour+time.Microsecond))
		revoked := newKey(t, st, one, "revoked", expiring(time.Minute))
		_, err := st.RevokeKey(t.Context(), one, revoked.ID, at)
		require.NoError(t, err)
		second := newKey(t, st, other, "b", expiring(time.Microsecond))
		got, err := st.KeysExpiring(t.Context(), at, at.Add(time.Hour), uuid.Nil, 10)
		require.NoError(t, err)
		require.Equal(t, []account.Key{*first, *second}, got)
		got, err = st.KeysExpiring(t.Context(), at, at.Add(time.Hour), first.ID, 1)
		require.NoError(t, err)
		require.Equal(t, []account.Key{*second}, got)
	},
}
