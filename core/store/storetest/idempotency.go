package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/idempotency"
	"github.com/switchhook/switchhook/core/store"
)

func reservation(t *testing.T, accountID uuid.UUID, name string) idempotency.Reservation {
	t.Helper()
	return idempotency.Reservation{
		AccountID: accountID, Key: idempotency.NewHash([]byte(name)), Fingerprint: idempotency.NewHash([]byte("request")), Token: newID(t),
	}
}

var idempotencyTests = map[string]func(*testing.T, *store.Store){
	"a key is reserved once, by account": func(t *testing.T, st *store.Store) {
		a, b := newAccount(t, st, "a"), newAccount(t, st, "b")
		for _, r := range []idempotency.Reservation{reservation(t, a, "1"), reservation(t, a, "2"), reservation(t, b, "1")} {
			found, err := st.ReserveKey(t.Context(), r, time.Hour)
			require.NoError(t, err)
			require.Nil(t, found)
		}
		found, err := st.ReserveKey(t.Context(), reservation(t, a, "1"), time.Hour)
		require.NoError(t, err)
		require.Equal(t, &idempotency.Found{Fingerprint: idempotency.NewHash([]byte("request"))}, found)
	},
	"of many at one time one gets it": func(t *testing.T, st *store.Store) {
		a := newAccount(t, st, "a")
		var got atomic.Int64
		var wait sync.WaitGroup
		for range 8 {
			r := reservation(t, a, "1")
			wait.Go(func() {
				found, err := st.ReserveKey(t.Context(), r, time.Hour)
				if err == nil && found == nil {
					got.Add(1)
				}
			})
		}
		wait.Wait()
		require.EqualValues(t, 1, got.Load())
	},
	"the answer is kept, encrypted": func(t *testing.T, st *store.Store) {
		r := reservation(t, newAccount(t, st, "a"), "1")
		_, err := st.ReserveKey(t.Context(), r, time.Hour)
		require.NoError(t, err)
		want := &idempotency.Answer{Status: 201, Headers: map[string]string{"Etag": `"1"`}, Body: []byte("{\"token\":\"\x00ü\"}")}
		require.NoError(t, st.KeepAnswer(t.Context(), r, want, time.Hour))
		again := r
		again.Token = newID(t)
		found, err := st.ReserveKey(t.Context(), again, time.Hour)
		require.NoError(t, err)
		require.Equal(t, want, found.Answer)
	},
	"an answer that was too large": func(t *testing.T, st *store.Store) {
		r := reservation(t, newAccount(t, st, "a"), "1")
		_, err := st.ReserveKey(t.Context(), r, time.Hour)
		require.NoError(t, err)
		require.NoError(t, st.KeepAnswer(t.Context(), r, &idempotency.Answer{Status: 200, Lost: true}, time.Hour))
		found, err := st.ReserveKey(t.Context(), r, time.Hour)
		require.NoError(t, err)
		require.Equal(t, &idempotency.Answer{Status: 200, Lost: true}, found.Answer)
	},
	"an expired reservation is taken, and its owner changes nothing more": func(t *testing.T, st *store.Store) {
		r := reservation(t, newAccount(t, st, "a"), "1")
		_, err := st.ReserveKey(t.Context(), r, 0)
		require.NoError(t, err)
		next := r
		next.Token, next.Fingerprint = newID(t), idempotency.NewHash([]byte("another"))
		found, err := st.ReserveKey(t.Context(), next, time.Hour)
		require.NoError(t, err)
		require.Nil(t, found)
		require.NoError(t, st.KeepAnswer(t.Context(), r, &idempotency.Answer{Status: 201, Body: []byte("late")}, time.Hour))
		require.NoError(t, st.ReleaseKey(t.Context(), r))
		found, err = st.ReserveKey(t.Context(), r, time.Hour)
		require.NoError(t, err)
		require.Equal(t, &idempotency.Found{Fingerprint: next.Fingerprint}, found)
	},
	"a key that is freed is free": func(t *testing.T, st *store.Store) {
		r := reservation(t, newAccount(t, st, "a"), "1")
		for range 2 {
			found, err := st.ReserveKey(t.Context(), r, time.Hour)
			require.NoError(t, err)
			require.Nil(t, found)
			require.NoError(t, st.ReleaseKey(t.Context(), r))
		}
	},
	"what has expired is removed in steps": func(t *testing.T, st *store.Store) {
		a := newAccount(t, st, "a")
		for _, name := range []string{"1", "2", "3"} {
			_, err := st.ReserveKey(t.Context(), reservation(t, a, name), 0)
			require.NoError(t, err)
		}
		_, err := st.ReserveKey(t.Context(), reservation(t, a, "kept"), time.Hour)
		require.NoError(t, err)
		for _, want := range []int{2, 1, 0} {
			n, err := st.RemoveAnswers(t.Context(), 2)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		found, err := st.ReserveKey(t.Context(), reservation(t, a, "kept"), time.Hour)
		require.NoError(t, err)
		require.NotNil(t, found)
	},
}
