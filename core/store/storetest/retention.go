package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/retention"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// agedEvent makes an event that was accepted at a time.
func agedEvent(t testing.TB, accountID uuid.UUID, id string, accepted time.Time) *event.Event {
	t.Helper()
	e := newEvent(t, accountID, id)
	first := delivery.IDFrom(accepted)
	copy(e.Key[:6], first[:6])
	e.AcceptedAt = accepted
	return e
}

// aged commits events that were accepted a millisecond apart, the last just
// before at, each with its delivery that is settled in a status.
func aged(t testing.TB, st *store.Store, self, accountID uuid.UUID, n int, status sdk.DeliveryStatus, change ...func(*delivery.Outcome)) (events []*event.Event, outcomes []*delivery.Outcome) {
	t.Helper()
	for i := range n {
		e := agedEvent(t, accountID, newID(t).String(), at.Add(-time.Duration(n-i)*time.Millisecond))
		events = append(events, e)
		outcomes = append(outcomes, outcome(e, newID(t), status, append(change, settles)...))
	}
	commit(t, st, journal.Batch{Node: self, Events: owned(events...), Outcomes: outcomes})
	return events, outcomes
}

// sweep takes all steps of a pass over one account, and tells how many.
func sweep(t testing.TB, st *store.Store, accountID uuid.UUID, limit int) (sum retention.Step, steps int) {
	t.Helper()
	for _, step := range []func(context.Context, retention.Window) (retention.Step, error){st.RemoveDeliveries, st.RemoveEvents} {
		w := retention.Window{AccountID: accountID, Before: at, Limit: limit}
		for {
			done, err := step(t.Context(), w)
			require.NoError(t, err)
			steps++
			sum.Events += done.Events
			sum.Deliveries += done.Deliveries
			sum.Attempts += done.Attempts
			sum.Expired += done.Expired
			if done.Next == uuid.Nil {
				break
			}
			w.After = done.Next
		}
	}
	return sum, steps
}

// left counts the account's events and deliveries.
func left(t testing.TB, st *store.Store, accountID uuid.UUID) (events, deliveries int) {
	t.Helper()
	all, err := st.ListEvents(t.Context(), event.Query{AccountID: accountID})
	require.NoError(t, err)
	deliveries, err = st.CountDeliveries(t.Context(), delivery.Query{AccountID: accountID})
	require.NoError(t, err)
	return len(all), deliveries
}

var retentionTests = map[string]func(*testing.T, *store.Store){
	"what is final goes with its attempts": func(t *testing.T, st *store.Store) {
		self, acme, other := newNode(t, st), newAccount(t, st, "acme"), newAccount(t, st, "other")
		_, gone := aged(t, st, self, acme, 1, sdk.DeliveryDelivered, attempted(1))
		aged(t, st, self, acme, 1, sdk.DeliveryDead, attempted(3))
		aged(t, st, self, acme, 1, sdk.DeliveryCancelled)
		aged(t, st, self, other, 2, sdk.DeliveryDelivered, attempted(1))
		unmatched := agedEvent(t, acme, "unmatched", at.Add(-time.Hour))
		young := agedEvent(t, acme, "young", at)
		kept := outcome(young, newID(t), sdk.DeliveryDelivered, attempted(1), settles)
		commit(t, st, journal.Batch{Node: self, Events: owned(unmatched, young), Settled: []*event.Event{unmatched}, Outcomes: []*delivery.Outcome{kept}})
		sum, _ := sweep(t, st, acme, 100)
		require.Equal(t, retention.Step{Events: 4, Deliveries: 3, Attempts: 2}, sum)
		_, err := st.Delivery(t.Context(), acme, gone[0].Delivery.ID)
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound))
		require.Len(t, get(t, st, kept).Attempts, 1)
		events, deliveries := left(t, st, acme)
		require.Equal(t, []int{1, 1}, []int{events, deliveries})
		events, deliveries = left(t, st, other)
		require.Equal(t, []int{2, 2}, []int{events, deliveries})
		// A delivery made again under the same id must not find attempts of old.
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{outcome(&event.Event{AccountID: acme, Key: gone[0].Delivery.EventKey}, gone[0].Delivery.SubscriptionID, sdk.DeliveryDead)}})
		require.Empty(t, get(t, st, gone[0]).Attempts)
		sum, _ = sweep(t, st, acme, 100)
		require.Equal(t, retention.Step{Deliveries: 1}, sum)
	},
	"steps end at their limit, and the next goes on": func(t *testing.T, st *store.Store) {
		self, acme := newNode(t, st), newAccount(t, st, "acme")
		aged(t, st, self, acme, 25, sdk.DeliveryDelivered)
		sum, steps := sweep(t, st, acme, 10)
		require.Equal(t, retention.Step{Events: 25, Deliveries: 25}, sum)
		require.Equal(t, 3+3, steps)
		aged(t, st, self, acme, 20, sdk.DeliveryDelivered)
		sum, steps = sweep(t, st, acme, 10)
		require.Equal(t, retention.Step{Events: 20, Deliveries: 20}, sum)
		require.Equal(t, 3+3, steps, "the last finds nothing")
		aged(t, st, self, acme, 2, sdk.DeliveryDelivered)
		sum, steps = sweep(t, st, acme, 1)
		require.Equal(t, retention.Step{Events: 2, Deliveries: 2}, sum)
		require.Equal(t, 3+3, steps)
	},
	"attempts and data count for a step": func(t *testing.T, st *store.Store) {
		self, acme := newNode(t, st), newAccount(t, st, "acme")
		events, _ := aged(t, st, self, acme, 10, sdk.DeliveryDead, func(o *delivery.Outcome) { o.Delivery.AttemptCount = 4 })
		sum, steps := sweep(t, st, acme, 10)
		require.Equal(t, retention.Step{Events: 10, Deliveries: 10}, sum)
		require.Equal(t, 5+2, steps, "two deliveries of five rows each a step")
		events = events[:4]
		for i, e := range events {
			e.Key, e.ID = agedEvent(t, acme, "", at.Add(-time.Duration(len(events)-i)*time.Second)).Key, newID(t).String()
			e.Data = make([]byte, 200<<10)
		}
		commit(t, st, journal.Batch{Node: self, Events: owned(events...), Settled: events})
		sum, steps = sweep(t, st, acme, 10)
		require.Equal(t, retention.Step{Events: 4}, sum)
		require.Equal(t, 1+4, steps, "one at least, however large")
	},
	"what is not final is dead first": func(t *testing.T, st *store.Store) {
		self, acme := newNode(t, st), newAccount(t, st, "acme")
		hold := func(o *delivery.Outcome) { o.Delivery.Held = true }
		_, retrying := aged(t, st, self, acme, 2, sdk.DeliveryRetrying, attempted(1), dueAt(at.Add(time.Hour)))
		_, pending := aged(t, st, self, acme, 2, sdk.DeliveryPending, hold)
		all := append(retrying, pending...)
		sum, _ := sweep(t, st, acme, 100)
		require.Equal(t, retention.Step{Expired: 4}, sum, "the events stay with them")
		for _, o := range all {
			got := get(t, st, o)
			require.Equal(t, sdk.DeliveryDead, got.Status)
			require.Zero(t, got.DueAt)
			require.False(t, got.Held)
			require.True(t, got.UpdatedAt.After(o.Delivery.UpdatedAt))
			require.NotNil(t, got.Event)
		}
		require.Empty(t, claimDue(t, st, self, at.Add(2*time.Hour)))
		held, err := st.HeldSubscriptions(t.Context(), delivery.SubscriptionRef{}, 10)
		require.NoError(t, err)
		require.Empty(t, held)
		sum, _ = sweep(t, st, acme, 100)
		require.Equal(t, retention.Step{Events: 4, Deliveries: 4, Attempts: 2}, sum)
	},
	"what a node has claimed is left alone": func(t *testing.T, st *store.Store) {
		self, acme := newNode(t, st), newAccount(t, st, "acme")
		_, outcomes := aged(t, st, self, acme, 3, sdk.DeliveryRetrying, dueAt(at))
		require.Len(t, claimDue(t, st, self, at), 3)
		sum, _ := sweep(t, st, acme, 2)
		require.Zero(t, sum)
		done := *outcomes[1]
		done.Delivery.Status, done.Delivery.DueAt, done.Delivery.Lease = sdk.DeliveryDelivered, time.Time{}, 1
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{&done}})
		sum, _ = sweep(t, st, acme, 2)
		require.Equal(t, retention.Step{Events: 1, Deliveries: 1}, sum)
		require.NoError(t, st.ReleaseNode(t.Context(), self))
		sum, _ = sweep(t, st, acme, 2)
		require.Equal(t, retention.Step{Expired: 2}, sum)
		sum, _ = sweep(t, st, acme, 2)
		require.Equal(t, retention.Step{Events: 2, Deliveries: 2}, sum)
	},
	"a pending event stays, with what is recorded of it": func(t *testing.T, st *store.Store) {
		self, acme := newNode(t, st), newAccount(t, st, "acme")
		e := agedEvent(t, acme, "1", at.Add(-time.Hour))
		delivered := outcome(e, newID(t), sdk.DeliveryDelivered, attempted(1))
		parked := outcome(e, newID(t), sdk.DeliveryPending, dueAt(at.Add(time.Hour)))
		alone := agedEvent(t, acme, "2", at.Add(-time.Minute))
		commit(t, st, journal.Batch{Node: self, Events: free(e, alone), Outcomes: []*delivery.Outcome{delivered, parked}})
		sum, _ := sweep(t, st, acme, 100)
		require.Zero(t, sum)
		recorded, err := st.Recorded(t.Context(), acme, e.Key)
		require.NoError(t, err)
		require.Len(t, recorded, 2, "whoever takes the event must not deliver it again")
		last := outcome(e, newID(t), sdk.DeliveryDelivered, attempted(1), settles)
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{last}, Settled: []*event.Event{alone}})
		sum, _ = sweep(t, st, acme, 100)
		require.Equal(t, retention.Step{Events: 1, Deliveries: 2, Attempts: 2, Expired: 1}, sum)
		sum, _ = sweep(t, st, acme, 100)
		require.Equal(t, retention.Step{Events: 1, Deliveries: 1}, sum)
	},
	"events go past those whose many deliveries stay": func(t *testing.T, st *store.Store) {
		self, acme := newNode(t, st), newAccount(t, st, "acme")
		busy := agedEvent(t, acme, "busy", at.Add(-time.Second))
		var outcomes []*delivery.Outcome
		for range 25 {
			outcomes = append(outcomes, outcome(busy, newID(t), sdk.DeliveryRetrying, dueAt(at)))
		}
		outcomes[0].Settles = true
		next := agedEvent(t, acme, "next", at.Add(-time.Second/2))
		outcomes = append(outcomes, outcome(next, newID(t), sdk.DeliveryRetrying, dueAt(at), settles))
		commit(t, st, journal.Batch{Node: self, Events: owned(busy, next), Outcomes: outcomes})
		require.Len(t, claimDue(t, st, self, at), 26)
		aged(t, st, self, acme, 30, sdk.DeliveryDelivered)
		before := agedEvent(t, acme, "before", at.Add(-time.Hour))
		commit(t, st, journal.Batch{Node: self, Events: owned(before), Settled: []*event.Event{before}})
		sum, _ := sweep(t, st, acme, 10)
		require.Equal(t, retention.Step{Events: 31, Deliveries: 30}, sum)
		events, deliveries := left(t, st, acme)
		require.Equal(t, []int{2, 26}, []int{events, deliveries})
	},
	"an id is remembered as long as its event": func(t *testing.T, st *store.Store) {
		self, acme := newNode(t, st), newAccount(t, st, "acme")
		first := agedEvent(t, acme, "same", at.Add(-time.Minute))
		commit(t, st, journal.Batch{Node: self, Events: owned(first), Settled: []*event.Event{first}})
		again := newEvent(t, acme, "same")
		require.Equal(t, []uuid.UUID{first.Key}, commit(t, st, journal.Batch{Node: self, Events: owned(again)}))
		sum, _ := sweep(t, st, acme, 100)
		require.Equal(t, retention.Step{Events: 1}, sum)
		require.Equal(t, []uuid.UUID{again.Key}, commit(t, st, journal.Batch{Node: self, Events: owned(again)}))
	},
	"accounts with old events, in pages": func(t *testing.T, st *store.Store) {
		self := newNode(t, st)
		var want []uuid.UUID
		for i := range 5 {
			id := newAccount(t, st, fmt.Sprint(i))
			switch i {
			case 1: // has none
			case 3:
				young := agedEvent(t, id, "young", at)
				commit(t, st, journal.Batch{Node: self, Events: owned(young)})
			default:
				aged(t, st, self, id, 2, sdk.DeliveryDelivered)
				want = append(want, id)
			}
		}
		got, err := st.AccountsBefore(t.Context(), at, uuid.Nil, 2)
		require.NoError(t, err)
		require.Equal(t, want[:2], got)
		got, err = st.AccountsBefore(t.Context(), at, got[1], 2)
		require.NoError(t, err)
		require.Equal(t, want[2:], got)
		got, err = st.AccountsBefore(t.Context(), at.Add(-time.Hour), uuid.Nil, 2)
		require.NoError(t, err)
		require.Empty(t, got)
	},
	"the size": func(t *testing.T, st *store.Store) {
		self, acme, other := newNode(t, st), newAccount(t, st, "acme"), newAccount(t, st, "other")
		newAccount(t, st, "empty")
		before, err := st.Size(t.Context())
		require.NoError(t, err)
		require.Zero(t, before.Oldest)
		require.NotEmpty(t, before.Parts)
		aged(t, st, self, acme, 1, sdk.DeliveryDelivered)
		events, _ := aged(t, st, self, other, 300, sdk.DeliveryDelivered, attempted(1))
		after, err := st.Size(t.Context())
		require.NoError(t, err)
		require.Equal(t, events[0].AcceptedAt.Truncate(time.Millisecond), after.Oldest)
		require.Greater(t, total(after), total(before))
		sweep(t, st, other, 1000)
		emptied, err := st.Size(t.Context())
		require.NoError(t, err)
		require.Equal(t, at.Add(-time.Millisecond).Truncate(time.Millisecond), emptied.Oldest)
		if after.Free >= 0 {
			require.Greater(t, emptied.Free, after.Free, "pages are free for what comes")
		}
	},
	"beside other nodes and their work": removeBesideWork,
}

func total(s retention.Size) (sum int64) {
	for _, n := range s.Parts {
		sum += n
	}
	return sum
}

// removeBesideWork has nodes remove what others claim and record at the same time.
func removeBesideWork(t *testing.T, st *store.Store) {
	acme := newAccount(t, st, "acme")
	const nodes, n = 3, 120
	ids := make([]uuid.UUID, nodes)
	var expiring []*delivery.Outcome
	for i := range ids {
		ids[i] = newNode(t, st)
		_, due := aged(t, st, ids[i], acme, n, sdk.DeliveryRetrying, dueAt(at))
		expiring = append(expiring, due...)
		aged(t, st, ids[i], acme, n, sdk.DeliveryDelivered, attempted(1))
	}
	var deliveries, events, claimed atomic.Int64
	for _, err := range together(2*nodes, func(i int) error {
		if i < nodes {
			return work(t.Context(), st, ids[i], &claimed)
		}
		for range 3 {
			for _, step := range []func(context.Context, retention.Window) (retention.Step, error){st.RemoveDeliveries, st.RemoveEvents} {
				w := retention.Window{AccountID: acme, Before: at, Limit: 7}
				for again := true; again; again = w.After != uuid.Nil {
					done, err := step(t.Context(), w)
					if err != nil {
						return err
					}
					deliveries.Add(int64(done.Deliveries))
					events.Add(int64(done.Events))
					w.After = done.Next
				}
			}
		}
		return nil
	}) {
		require.NoError(t, err)
	}
	for range 2 {
		sum, _ := sweep(t, st, acme, 1000)
		deliveries.Add(int64(sum.Deliveries))
		events.Add(int64(sum.Events))
	}
	require.EqualValues(t, 2*nodes*n, deliveries.Load(), "each once")
	require.EqualValues(t, 2*nodes*n, events.Load(), "each once")
	require.LessOrEqual(t, claimed.Load(), int64(len(expiring)))
	kept, recorded := left(t, st, acme)
	require.Equal(t, []int{0, 0}, []int{kept, recorded})
}

// work claims what is due and records it delivered, until nothing is due.
func work(ctx context.Context, st *store.Store, self uuid.UUID, claimed *atomic.Int64) error {
	for {
		due, err := st.ClaimDeliveries(ctx, self, at, 5)
		if err != nil || len(due) == 0 {
			return err
		}
		claimed.Add(int64(len(due)))
		b := journal.Batch{Node: self}
		for _, c := range due {
			if c.Event == nil {
				return fmt.Errorf("the event of delivery %s is gone before it", c.Delivery.ID)
			}
			o := &delivery.Outcome{Delivery: c.Delivery}
			o.Delivery.Status = sdk.DeliveryDelivered
			attempted(1)(o)
			b.Outcomes = append(b.Outcomes, o)
		}
		if _, err := st.Commit(ctx, b); err != nil {
			return err
		}
	}
}
