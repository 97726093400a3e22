package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var replayTests = map[string]func(*testing.T, *store.Store){
	"makes, lists and changes": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		var all []*replay.Replay
		for range 3 {
			all = append(all, newReplay(t, st, id, 3))
		}
		err := st.CreateReplay(t.Context(), all[0], 3)
		require.True(t, sdk.IsCode(err, sdk.CodeLimit), "%v", err)
		got, err := st.Replay(t.Context(), id, all[0].ID)
		require.NoError(t, err)
		require.Equal(t, all[0], got)
		list, err := st.ListReplays(t.Context(), replay.Query{AccountID: id, Before: all[2].ID, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, []replay.Replay{*all[1]}, list)

		later := at.Add(time.Minute)
		got, err = st.ChangeReplay(t.Context(), id, all[0].ID, []replay.Status{replay.Running}, replay.Paused, later)
		require.NoError(t, err)
		want := *all[0]
		want.Status, want.UpdatedAt = replay.Paused, later
		require.Equal(t, &want, got)
		_, err = st.ChangeReplay(t.Context(), id, all[0].ID, []replay.Status{replay.Running}, replay.Paused, later)
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		_, err = st.ChangeReplay(t.Context(), newID(t), all[0].ID, []replay.Status{replay.Paused}, replay.Running, later)
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		_, err = st.ChangeReplay(t.Context(), id, all[0].ID, []replay.Status{replay.Paused}, replay.Cancelled, later)
		require.NoError(t, err)
		newReplay(t, st, id, 3)
	},
	"one node works it": func(t *testing.T, st *store.Store) {
		id, self, other := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		r := newReplay(t, st, id, 9)
		require.Equal(t, []uuid.UUID{r.ID}, claimReplays(t, st, self))
		require.Empty(t, claimReplays(t, st, other))
		require.Equal(t, []uuid.UUID{r.ID}, claimReplays(t, st, self), "its own, that it does not work")
		require.Empty(t, claimReplays(t, st, self, r.ID), "its own, that it works")
		require.NoError(t, st.ReleaseNode(t.Context(), self))
		require.Equal(t, []uuid.UUID{r.ID}, claimReplays(t, st, other), "what a dead node had")
		_, err := st.AdvanceReplay(t.Context(), self, step(r))
		require.ErrorIs(t, err, node.ErrFenced)
		newReplay(t, st, id, 9)
		_, err = st.ClaimReplays(t.Context(), self, nil, 9)
		require.ErrorIs(t, err, node.ErrFenced)
	},
	"what a step makes and its end are one": func(t *testing.T, st *store.Store) {
		id, self, other := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		e := newEvent(t, id, "1")
		commit(t, st, journal.Batch{Node: self, Events: owned(e)})
		r := newReplay(t, st, id, 9)
		s := step(r, outcome(e, id, sdk.DeliveryPending, dueAt(at)), outcome(e, self, sdk.DeliveryPending, dueAt(at)))
		_, err := st.AdvanceReplay(t.Context(), self, s)
		require.ErrorIs(t, err, replay.ErrLost, "it was not claimed")
		require.Equal(t, []uuid.UUID{r.ID}, claimReplays(t, st, self))
		p, err := st.AdvanceReplay(t.Context(), self, s)
		require.NoError(t, err)
		require.Equal(t, replay.Progress{Total: 7, Done: 1, Created: 2}, p)
		require.Len(t, claimDue(t, st, self, at), 2)
		_, err = st.AdvanceReplay(t.Context(), self, s)
		require.ErrorIs(t, err, replay.ErrLost, "it was done")
		_, err = st.AdvanceReplay(t.Context(), other, step(moved(r, s)))
		require.ErrorIs(t, err, replay.ErrLost, "it is another's")

		again := step(moved(r, s), outcome(e, id, sdk.DeliveryPending, dueAt(at)), outcome(e, other, sdk.DeliveryPending, dueAt(at)))
		again.Failed = 3
		p, err = st.AdvanceReplay(t.Context(), self, again)
		require.NoError(t, err)
		require.Equal(t, replay.Progress{Total: 7, Done: 2, Created: 3, Failed: 3}, p, "one was there")

		end := step(moved(r, again))
		end.Done, end.Status, end.Reason = 0, replay.Paused, "no subscription"
		_, err = st.AdvanceReplay(t.Context(), self, end)
		require.NoError(t, err)
		got, err := st.Replay(t.Context(), id, r.ID)
		require.NoError(t, err)
		require.Equal(t, replay.Paused, got.Status)
		require.Equal(t, "no subscription", got.Reason)
		require.Equal(t, p, got.Progress)
		require.Equal(t, end.Cursor, got.Cursor)
		require.Empty(t, claimReplays(t, st, self))
		got, err = st.ChangeReplay(t.Context(), id, r.ID, []replay.Status{replay.Paused}, replay.Running, at)
		require.NoError(t, err)
		require.Empty(t, got.Reason)
		require.Equal(t, []uuid.UUID{r.ID}, claimReplays(t, st, other))
	},
	"what ended long ago is removed in steps": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		ended := func(accountID uuid.UUID, to replay.Status, when time.Time) *replay.Replay {
			r := newReplay(t, st, accountID, 99)
			_, err := st.ChangeReplay(t.Context(), accountID, r.ID, []replay.Status{replay.Running}, to, when)
			require.NoError(t, err)
			return r
		}
		kept := []*replay.Replay{newReplay(t, st, id, 99), ended(id, replay.Paused, at), ended(id, replay.Cancelled, at.Add(time.Hour))}
		require.NotEmpty(t, claimReplays(t, st, self))
		done := newReplay(t, st, id, 99)
		require.Contains(t, claimReplays(t, st, self), done.ID)
		end := step(done)
		end.Status = replay.Done
		_, err := st.AdvanceReplay(t.Context(), self, end)
		require.NoError(t, err)
		ended(id, replay.Cancelled, at)
		ended(newAccount(t, st, "other"), replay.Cancelled, at.Add(time.Minute))
		for _, want := range []int{2, 1, 0} {
			n, err := st.RemoveReplays(t.Context(), at.Add(time.Hour), 2)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		left, err := st.ListReplays(t.Context(), replay.Query{AccountID: id})
		require.NoError(t, err)
		require.Len(t, left, len(kept), "those that may go on, and what ended since")
		for i, r := range left {
			require.Equal(t, kept[len(kept)-1-i].ID, r.ID)
		}
	},
	"windows":                  replayWindows,
	"finds that of a delivery": replayOf,
	"what waits": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		other := newID(t)
		var all []*delivery.Outcome
		for range 3 {
			e := newEvent(t, id, newID(t).String())
			all = append(all, outcome(e, id, sdk.DeliveryPending, held), outcome(e, other, sdk.DeliveryRetrying, dueAt(at)))
		}
		all = append(all, outcome(newEvent(t, id, "x"), other, sdk.DeliveryPending, held), outcome(newEvent(t, id, "y"), id, sdk.DeliveryRetrying, dueAt(at.Add(time.Second))))
		commit(t, st, journal.Batch{Node: self, Outcomes: all})
		for _, c := range []struct {
			ref             delivery.SubscriptionRef
			most, due, held int
		}{
			{delivery.SubscriptionRef{AccountID: id}, 9, 3, 4},
			{delivery.SubscriptionRef{AccountID: id, SubscriptionID: id}, 9, 3, 3},
			{delivery.SubscriptionRef{AccountID: id, SubscriptionID: other}, 9, 3, 1},
			{delivery.SubscriptionRef{AccountID: id}, 2, 2, 2},
			{delivery.SubscriptionRef{AccountID: other}, 9, 3, 0},
		} {
			due, held, err := st.Waiting(t.Context(), c.ref, at, c.most)
			require.NoError(t, err)
			require.Equal(t, []int{c.due, c.held}, []int{due, held}, "%v", c)
		}
	},
}

func replayWindows(t *testing.T, st *store.Store) {
	id, self := newAccount(t, st, "acme"), newNode(t, st)
	var events []*event.Event
	for i := range 5 {
		e := newEvent(t, id, string(rune('a'+i)))
		from := delivery.IDFrom(at.Add(time.Duration(i) * time.Second))
		copy(e.Key[:6], from[:6])
		events = append(events, e)
	}
	sub, other := newID(t), newID(t)
	first, second := outcome(events[1], sub, sdk.DeliveryDead, settles), outcome(events[1], other, sdk.DeliveryDelivered)
	commit(t, st, journal.Batch{
		Node: self, Events: append(free(events[:4]...), journal.Entry{Event: events[4]}), Outcomes: []*delivery.Outcome{first, second},
	})
	from, to := at.Add(time.Second).Truncate(time.Millisecond), at.Add(3*time.Second).Truncate(time.Millisecond)
	n, err := st.CountEvents(t.Context(), id, from, to)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)

	w := replay.Window{AccountID: id, After: delivery.IDFrom(from), To: to, Limit: 9, Whole: true}
	got, err := st.ReplayWindow(t.Context(), w)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, events[1].Data, got[0].Event.Data)
	require.False(t, got[0].Pending, "it is settled")
	require.True(t, got[1].Pending)
	require.False(t, got[1].Waits)
	require.Empty(t, got[1].Deliveries)
	statuses := map[uuid.UUID]sdk.DeliveryStatus{}
	for _, d := range got[0].Deliveries {
		statuses[d.SubscriptionID] = d.Status
		require.Equal(t, events[1].Key, d.EventKey)
		require.Equal(t, "order.created", d.EventType)
	}
	require.Equal(t, map[uuid.UUID]sdk.DeliveryStatus{sub: sdk.DeliveryDead, other: sdk.DeliveryDelivered}, statuses)

	w.SubscriptionID, w.Whole, w.Limit = sub, false, 1
	got, err = st.ReplayWindow(t.Context(), w)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Len(t, got[0].Deliveries, 1)
	require.Equal(t, "order.created", got[0].Event.Type)
	require.Nil(t, got[0].Event.Data, "it was not asked for")
	w.After = events[2].Key
	got, err = st.ReplayWindow(t.Context(), w)
	require.NoError(t, err)
	require.Empty(t, got)
}

func newReplay(t testing.TB, st *store.Store, accountID uuid.UUID, most int) *replay.Replay {
	t.Helper()
	from := at.Truncate(time.Millisecond)
	r := &replay.Replay{
		Spec: replay.Spec{
			AccountID: accountID, SubscriptionID: newID(t), From: from, To: from.Add(time.Hour), Select: replay.NeverSent,
			EventTypes: []string{"a.*", "b"}, PerSecond: 7,
		},
		ID: newID(t), Status: replay.Running, Cursor: delivery.IDFrom(from), Progress: replay.Progress{Total: 7}, CreatedAt: at, UpdatedAt: at,
	}
	require.NoError(t, st.CreateReplay(t.Context(), r, most))
	return r
}

func claimReplays(t testing.TB, st *store.Store, node uuid.UUID, working ...uuid.UUID) (ids []uuid.UUID) {
	t.Helper()
	got, err := st.ClaimReplays(t.Context(), node, working, 9)
	require.NoError(t, err)
	for _, r := range got {
		ids = append(ids, r.ID)
	}
	return ids
}

// step goes on with a replay by one event.
func step(r *replay.Replay, makes ...*delivery.Outcome) *replay.Step {
	s := &replay.Step{AccountID: r.AccountID, ID: r.ID, After: r.Cursor, Cursor: r.Cursor, Done: 1, Status: replay.Running, Now: at}
	s.Cursor[15]++
	for _, o := range makes {
		o.Delivery.ID = delivery.ReplayID(r.ID, o.Delivery.EventKey, o.Delivery.SubscriptionID)
		s.Deliveries = append(s.Deliveries, o.Delivery)
	}
	return s
}

// moved is a replay after a step.
func moved(r *replay.Replay, s *replay.Step) *replay.Replay {
	out := *r
	out.Cursor = s.Cursor
	return &out
}
