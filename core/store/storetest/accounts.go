package storetest

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var accountTests = map[string]func(*testing.T, *store.Store){
	"is read as it was made": func(t *testing.T, st *store.Store) {
		want := &account.Account{ID: newID(t), Name: "acme", CreatedAt: at}
		require.NoError(t, st.CreateAccount(t.Context(), want))
		byID, err := st.Account(t.Context(), want.ID)
		require.NoError(t, err)
		require.Equal(t, want, byID)
		byName, err := st.AccountByName(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, want, byName)
	},
	"settings change under the account's lock, and count": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		newAccount(t, st, "other")
		want := account.Settings{
			EventValidation: account.ValidationRefuse,
			Limits:          account.Limits{MaxSubscriptions: 3, EventsPerSecond: 0.5, Burst: 7, MaxEventBytes: 1 << 20},
		}
		for version := range int64(2) {
			a, err := st.UpdateAccount(t.Context(), id, func(a *account.Account) error {
				require.Equal(t, version, a.Version)
				a.Settings = want
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, &account.Account{ID: id, Name: "acme", Settings: want, Version: version + 1, CreatedAt: at}, a)
			read, err := st.Account(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, a, read)
		}
		refused := sdk.Errorf(sdk.CodeConflict, "refused")
		_, err := st.UpdateAccount(t.Context(), id, func(a *account.Account) error {
			a.Settings = account.Settings{}
			return refused
		})
		require.ErrorIs(t, err, refused)
		read, err := st.Account(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, want, read.Settings, "nothing was written")
		other, err := st.AccountByName(t.Context(), "other")
		require.NoError(t, err)
		require.Zero(t, other.Settings)
		_, err = st.UpdateAccount(t.Context(), newID(t), func(*account.Account) error { return nil })
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	},
	"one name once": func(t *testing.T, st *store.Store) {
		newAccount(t, st, "acme")
		err := st.CreateAccount(t.Context(), &account.Account{ID: newID(t), Name: "acme", CreatedAt: at})
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		require.EqualError(t, err, "This account exists already")
	},
	"one id once": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		err := st.CreateAccount(t.Context(), &account.Account{ID: id, Name: "other", CreatedAt: at})
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
	},
	"unknown": func(t *testing.T, st *store.Store) {
		newAccount(t, st, "acme")
		for _, id := range []uuid.UUID{newID(t), uuid.Nil} {
			_, err := st.Account(t.Context(), id)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		}
		_, err := st.AccountByName(t.Context(), "ACME")
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	},
	"pages": func(t *testing.T, st *store.Store) {
		var want []string
		for i := range 7 {
			name := fmt.Sprintf("a%d", i)
			newAccount(t, st, name)
			want = append(want, name)
		}
		var got []string
		var after uuid.UUID
		for _, size := range []int{3, 3, 1, 0} {
			page, err := st.ListAccounts(t.Context(), after, 3)
			require.NoError(t, err)
			require.Len(t, page, size)
			for _, a := range page {
				got = append(got, a.Name)
				after = a.ID
			}
		}
		require.Equal(t, want, got)
	},
}
