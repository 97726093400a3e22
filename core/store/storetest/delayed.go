package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// delayed makes an event that was accepted two hours ago and is due at a time.
func delayed(t *testing.T, accountID uuid.UUID, id string, due time.Time) *event.Event {
	t.Helper()
	e := newEvent(t, accountID, id)
	e.AcceptedAt = time.Now().Add(-2 * time.Hour).Truncate(time.Microsecond).UTC()
	e.Extensions = map[string]string{event.AttributeDeliverAt: due.Format(time.RFC3339Nano)}
	e.DeliverAt = event.DeliverAt(e.Extensions, e.AcceptedAt)
	require.False(t, e.DeliverAt.IsZero())
	return e
}

var delayedTests = map[string]func(*testing.T, *store.Store){
	"an event is taken when it is due, by any node": func(t *testing.T, st *store.Store) {
		a, committer, other := newAccount(t, st, "a"), newNode(t, st), newNode(t, st)
		later := delayed(t, a, "later", time.Now().Add(time.Hour))
		second := delayed(t, a, "second", time.Now().Add(-time.Minute))
		first := delayed(t, a, "first", time.Now().Add(-time.Hour))
		now := newEvent(t, a, "now")
		commit(t, st, journal.Batch{Node: committer, Events: free(later, second, first, now)})
		one, err := st.ClaimEvents(t.Context(), other, 1)
		require.NoError(t, err)
		require.Equal(t, []uuid.UUID{first.Key}, keysOf(one))
		require.Equal(t, first, one[0], "it is what was committed")
		rest, err := st.ClaimEvents(t.Context(), committer, 10)
		require.NoError(t, err)
		require.Equal(t, []uuid.UUID{second.Key, now.Key}, keysOf(rest), "and those without a time")
		none, err := st.ClaimEvents(t.Context(), other, 10)
		require.NoError(t, err)
		require.Empty(t, none)
	},
	"what a node took is freed with it": func(t *testing.T, st *store.Store) {
		a, dying, other := newAccount(t, st, "a"), newNode(t, st), newNode(t, st)
		due, later := delayed(t, a, "due", time.Now().Add(-time.Minute)), delayed(t, a, "later", time.Now().Add(time.Hour))
		commit(t, st, journal.Batch{Node: dying, Events: free(due, later)})
		claimed, err := st.ClaimEvents(t.Context(), dying, 10)
		require.NoError(t, err)
		require.Len(t, claimed, 1)
		require.NoError(t, st.ReleaseNode(t.Context(), dying))
		claimed, err = st.ClaimEvents(t.Context(), other, 10)
		require.NoError(t, err)
		require.Equal(t, []uuid.UUID{due.Key}, keysOf(claimed))
	},
	"an event that waits can be cancelled": func(t *testing.T, st *store.Store) {
		a, node := newAccount(t, st, "a"), newNode(t, st)
		e := delayed(t, a, "1", time.Now().Add(-time.Minute)) // due, and taken by nobody yet
		commit(t, st, journal.Batch{Node: node, Events: free(e)})
		for range 2 { // a second time changes nothing
			got, cancelled, err := st.CancelEvent(t.Context(), a, e.Key, at)
			require.NoError(t, err)
			require.True(t, cancelled)
			want := *e
			want.CancelledAt = at
			require.Equal(t, &want, got)
		}
		stored, err := st.Event(t.Context(), a, e.Key)
		require.NoError(t, err)
		require.Equal(t, at, stored.CancelledAt)
		claimed, err := st.ClaimEvents(t.Context(), node, 10)
		require.NoError(t, err)
		require.Empty(t, claimed)
		again := commit(t, st, journal.Batch{Node: node, Events: free(delayed(t, a, "1", time.Now().Add(time.Hour)))})
		require.Equal(t, []uuid.UUID{e.Key}, again, "it is a duplicate still")
	},
	"an event that does not wait cannot": func(t *testing.T, st *store.Store) {
		a, node := newAccount(t, st, "a"), newNode(t, st)
		now, taken := newEvent(t, a, "now"), delayed(t, a, "taken", time.Now().Add(-time.Minute))
		commit(t, st, journal.Batch{Node: node, Events: free(now, taken)})
		_, err := st.ClaimEvents(t.Context(), node, 10)
		require.NoError(t, err)
		for _, e := range []*event.Event{now, taken} {
			got, cancelled, err := st.CancelEvent(t.Context(), a, e.Key, at)
			require.NoError(t, err)
			require.False(t, cancelled)
			require.Equal(t, e, got)
		}
		for _, account := range []uuid.UUID{a, newAccount(t, st, "b")} {
			key := now.Key
			if account == a {
				key = newID(t)
			}
			_, _, err = st.CancelEvent(t.Context(), account, key, at)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		}
	},
	"waiting is no backlog": func(t *testing.T, st *store.Store) {
		a, node := newAccount(t, st, "a"), newNode(t, st)
		commit(t, st, journal.Batch{Node: node, Events: free(newEvent(t, a, "now"), delayed(t, a, "later", time.Now().Add(time.Hour)))})
		got, err := st.Backlog(t.Context())
		require.NoError(t, err)
		require.Equal(t, map[uuid.UUID]int64{a: 1}, got)
	},
}

func keysOf(events []*event.Event) (keys []uuid.UUID) {
	for _, e := range events {
		keys = append(keys, e.Key)
	}
	return keys
}
