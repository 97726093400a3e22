package replay_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const patience = 60 * time.Second // generous: the race detector slows the store

// world is a store with one account, whose events nobody delivers.
type world struct {
	*store.Store
	account uuid.UUID
	node    uuid.UUID
	index   *subscription.Index
	service *replay.Service
	set     *provider.Set
	wakes   atomic.Int64
}

func (w *world) Providers() *provider.Set { return w.set }

func newWorld(t *testing.T) *world {
	t.Helper()
	box, err := secret.NewBox(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(t, err)
	st, err := store.OpenSQLite(t.TempDir(), store.Options{Box: box, Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	p, err := provider.New(sdk.Manifest{
		Provider: "test", Title: "Test", Version: "1", OpenCatalogue: true, IDFormat: sdk.IDFormatUUID,
		OpenAPI:     []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{}}`),
		URL:         sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery:    sdk.DeliveryPolicy{Timeout: time.Second, Schedule: []time.Duration{time.Minute}, MaxAttempts: 3},
		Unavailable: &sdk.Response{Status: http.StatusServiceUnavailable},
	})
	require.NoError(t, err)
	set, err := provider.NewSet(p)
	require.NoError(t, err)
	w := &world{Store: st, account: newID(t), index: subscription.NewIndex(st), set: set}
	require.NoError(t, st.CreateAccount(t.Context(), &account.Account{ID: w.account, Name: "a", CreatedAt: time.Now()}))
	w.node = w.newNode(t)
	// What was just published is in the past for it.
	w.service = replay.NewService(st, w.index, w, func() {}, func() time.Time { return time.Now().Add(time.Second) })
	return w
}

func newID(t *testing.T) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id
}

func (w *world) newNode(t *testing.T) uuid.UUID {
	t.Helper()
	id := newID(t)
	require.NoError(t, w.RegisterNode(t.Context(), id, "test"))
	return id
}

func (w *world) subscribe(t *testing.T, patterns ...string) uuid.UUID {
	t.Helper()
	id := newID(t)
	sub := &subscription.Subscription{
		AccountID: w.account, ID: id, Provider: "test", ExternalID: id.String(), Version: 1, CreatedAt: time.Now(), UpdatedAt: time.Now(),
		SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/", Enabled: true, EventTypes: patterns},
	}
	require.NoError(t, w.InAccount(t.Context(), w.account, func(tx subscription.Tx) error { return tx.Insert(sub) }))
	w.index.Invalidate(w.account)
	return id
}

// publish commits events of a type, which are settled unless they are pending.
func (w *world) publish(t *testing.T, n int, eventType string, pending bool) (events []*event.Event) {
	t.Helper()
	for len(events) < n {
		b := journal.Batch{Node: w.node}
		for range min(n-len(events), 500) {
			e := &event.Event{AccountID: w.account, Key: newID(t), AcceptedAt: time.Now(), Generated: true, Event: sdk.Event{
				ID: uuid.NewString(), Source: "/t", Type: eventType, Time: time.Now(), Data: []byte("{}"),
			}}
			b.Events, events = append(b.Events, journal.Entry{Event: e}), append(events, e)
			if !pending {
				b.Settled = append(b.Settled, e)
			}
		}
		_, err := w.Commit(t.Context(), b)
		require.NoError(t, err)
	}
	return events
}

func (w *world) record(t *testing.T, e *event.Event, sub uuid.UUID, status sdk.DeliveryStatus) {
	t.Helper()
	d := delivery.Delivery{
		AccountID: w.account, ID: delivery.NewID(e.Key, sub), EventKey: e.Key, SubscriptionID: sub, Provider: "test", EventType: e.Type,
		Status: status, CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	_, err := w.Commit(t.Context(), journal.Batch{Node: w.node, Outcomes: []*delivery.Outcome{{Delivery: d}}})
	require.NoError(t, err)
}

// runner runs until the test ends or stop is called.
func (w *world) runner(t *testing.T, node uuid.UUID, st replay.Store) (stop func()) {
	t.Helper()
	r := replay.NewRunner(replay.Deps{
		Node: node, Store: st, Snapshots: w.index, Providers: w, Wake: func() { w.wakes.Add(1) }, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(stop)
	return stop
}

// deliver claims what is due and records it as delivered, until the test ends.
func (w *world) deliver(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	node := w.newNode(t)
	working.Go(func() {
		for ctx.Err() == nil {
			claimed, err := w.ClaimDeliveries(ctx, node, time.Now(), 256)
			if err != nil || len(claimed) == 0 {
				continue
			}
			b := journal.Batch{Node: node}
			for _, c := range claimed {
				c.Delivery.Status, c.Delivery.DueAt = sdk.DeliveryDelivered, time.Time{}
				b.Outcomes = append(b.Outcomes, &delivery.Outcome{Delivery: c.Delivery})
			}
			_, _ = w.Commit(ctx, b)
		}
	})
	t.Cleanup(func() { cancel(); working.Wait() })
}

func (w *world) spec(s replay.Selection) replay.Spec {
	return replay.Spec{AccountID: w.account, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour), Select: s}
}

func (w *world) create(t *testing.T, s replay.Spec) *replay.Replay {
	t.Helper()
	r, err := w.service.Create(t.Context(), s)
	require.NoError(t, err)
	return r
}

func (w *world) ends(t *testing.T, id uuid.UUID) *replay.Replay {
	t.Helper()
	var r *replay.Replay
	require.Eventually(t, func() bool {
		var err error
		r, err = w.service.Get(t.Context(), w.account, id)
		return err == nil && r.Status != replay.Running
	}, patience, 5*time.Millisecond)
	return r
}

// replayed are the deliveries that a replay has made, by subscription and event.
func (w *world) replayed(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	q := delivery.Query{AccountID: w.account, Limit: 500}
	for {
		page, err := w.SearchDeliveries(t.Context(), q)
		require.NoError(t, err)
		for _, r := range page.Records {
			if r.Replayed() {
				out[r.SubscriptionID.String()+r.EventKey.String()]++
			}
		}
		if q.Before = page.Next; q.Before == uuid.Nil {
			return out
		}
	}
}

func TestSelections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	orders, all := w.subscribe(t, "order.*"), w.subscribe(t)
	o := w.publish(t, 4, "order.created", false)
	invoice := w.publish(t, 1, "invoice.paid", false)[0]
	pending := w.publish(t, 1, "order.late", true)[0]
	for _, cancelled := range []bool{false, true} { // events that wait, and one that was cancelled while it did
		e := &event.Event{AccountID: w.account, Key: newID(t), AcceptedAt: time.Now(), DeliverAt: time.Now().Add(time.Hour), Generated: true, Event: sdk.Event{
			ID: uuid.NewString(), Source: "/t", Type: "order.delayed", Time: time.Now(), Data: []byte("{}"),
		}}
		_, err := w.Commit(t.Context(), journal.Batch{Node: w.node, Events: []journal.Entry{{Event: e}}})
		require.NoError(t, err)
		if cancelled {
			_, done, err := w.CancelEvent(t.Context(), w.account, e.Key, time.Now())
			require.NoError(t, err)
			require.True(t, done)
		}
	}
	w.record(t, o[0], orders, sdk.DeliveryDelivered)
	w.record(t, o[1], orders, sdk.DeliveryDead)
	w.record(t, o[2], orders, sdk.DeliveryCancelled)
	w.record(t, o[1], all, sdk.DeliveryDead)
	w.record(t, invoice, all, sdk.DeliveryDead)
	w.runner(t, w.node, w)
	made := map[string]int{}
	for _, c := range []struct {
		about   string
		change  func(*replay.Spec)
		created int
		what    map[*event.Event][]uuid.UUID
	}{
		{"dead to one", func(s *replay.Spec) { s.Select, s.SubscriptionID = replay.Failed, orders }, 1, map[*event.Event][]uuid.UUID{o[1]: {orders}}},
		{"dead, but delivered again meanwhile", func(s *replay.Spec) { s.Select, s.SubscriptionID = replay.Failed, orders }, 0, nil},
		{"dead to all, of a type", func(s *replay.Spec) { s.Select, s.EventTypes = replay.Failed, []string{"invoice.*"} }, 1, map[*event.Event][]uuid.UUID{invoice: {all}}},
		{"never sent to one", func(s *replay.Spec) { s.Select, s.SubscriptionID = replay.NeverSent, orders }, 1, map[*event.Event][]uuid.UUID{o[3]: {orders}}},
		{"never sent to all", func(s *replay.Spec) { s.Select = replay.NeverSent }, 3, map[*event.Event][]uuid.UUID{o[0]: {all}, o[2]: {all}, o[3]: {all}}},
		{"never sent, all sent", func(s *replay.Spec) { s.Select = replay.NeverSent }, 0, nil},
		{"all to one", func(s *replay.Spec) { s.SubscriptionID = orders }, 5, map[*event.Event][]uuid.UUID{
			o[0]: {orders}, o[1]: {orders}, o[2]: {orders}, o[3]: {orders}, pending: {orders},
		}},
		{"another range", func(s *replay.Spec) { s.To = s.From.Add(time.Minute) }, 0, nil},
	} {
		spec := w.spec(replay.All)
		c.change(&spec)
		preview, err := w.service.Preview(t.Context(), spec)
		require.NoError(t, err)
		r := w.ends(t, w.create(t, spec).ID)
		require.Equal(t, replay.Done, r.Status, c.about)
		require.EqualValues(t, c.created, r.Created, c.about)
		require.Equal(t, r.Total, r.Done, c.about)
		require.True(t, preview.Complete)
		require.Equal(t, r.Created, preview.Created, c.about)
		for e, subs := range c.what {
			for _, s := range subs {
				made[s.String()+e.Key.String()]++
			}
		}
		require.Equal(t, made, w.replayed(t), c.about)
	}
	require.NotZero(t, w.wakes.Load())
}

// flaky is a store whose answers about steps are lost now and then.
type flaky struct {
	replay.Store
	n atomic.Int64
}

var errLost = errors.New("the answer was lost")

func (f *flaky) AdvanceReplay(ctx context.Context, node uuid.UUID, s *replay.Step) (replay.Progress, error) {
	n := f.n.Add(1)
	if n%5 == 0 {
		return replay.Progress{}, errLost
	}
	p, err := f.Store.AdvanceReplay(ctx, node, s)
	if err == nil && n%3 == 0 {
		return replay.Progress{}, errLost
	}
	return p, err
}

// A replay whose nodes end again and again, and whose answers are lost, makes each
// delivery once.
func TestTakenOverReplaysMakeNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	subs := []uuid.UUID{w.subscribe(t), w.subscribe(t)}
	const events = 3000
	w.publish(t, events, "order.created", false)
	w.deliver(t)
	r := w.create(t, w.spec(replay.NeverSent))
	for n := 0; ; n++ {
		node := w.newNode(t)
		stop := w.runner(t, node, &flaky{Store: w})
		before, err := w.service.Get(t.Context(), w.account, r.ID)
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			now, err := w.service.Get(t.Context(), w.account, r.ID)
			return err == nil && (now.Status == replay.Done || now.Done > before.Done)
		}, patience, time.Millisecond, "node %d", n)
		stop()
		require.NoError(t, w.ReleaseNode(t.Context(), node)) // as its death does
		if now, err := w.service.Get(t.Context(), w.account, r.ID); err == nil && now.Status == replay.Done {
			require.Greater(t, n, 2, "it was taken over")
			require.EqualValues(t, events*len(subs), now.Created)
			require.EqualValues(t, events, now.Done)
			break
		}
	}
	got := w.replayed(t)
	require.Len(t, got, events*len(subs))
	for id, n := range got {
		require.Equal(t, 1, n, id)
	}
}

func TestPausedReplaysGoOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(t)
	w.publish(t, 40, "order.created", false)
	spec := w.spec(replay.All)
	spec.PerSecond = 20
	w.runner(t, w.node, w)
	began := time.Now()
	id := w.create(t, spec).ID
	require.Eventually(t, func() bool { r, err := w.service.Get(t.Context(), w.account, id); return err == nil && r.Created > 0 }, patience, time.Millisecond)
	_, err := w.service.Pause(t.Context(), w.account, id)
	require.NoError(t, err)
	paused := w.ends(t, id)
	require.EqualValues(t, 20, paused.Created, "a second's worth")
	_, err = w.service.Resume(t.Context(), w.account, id)
	require.NoError(t, err)
	r := w.ends(t, id)
	require.Equal(t, replay.Done, r.Status)
	require.EqualValues(t, 40, r.Created)
	require.Len(t, w.replayed(t), 40)
	require.GreaterOrEqual(t, time.Since(began), time.Second, "its rate")
}

// A replay waits while deliveries wait, and goes on when there are fewer.
func TestReplaysWaitForRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(t)
	const events = 2000
	w.publish(t, events, "order.created", false)
	w.runner(t, w.node, w)
	id := w.create(t, w.spec(replay.All)).ID
	var waits int
	require.Eventually(t, func() bool {
		due, _, err := w.Waiting(t.Context(), delivery.SubscriptionRef{AccountID: w.account}, time.Now(), 1<<20)
		waits = due
		return err == nil && due >= 1000
	}, patience, time.Millisecond)
	require.Less(t, waits, 1000+300)
	w.deliver(t)
	require.EqualValues(t, events, w.ends(t, id).Created)
}

func TestReplaysToWhoIsDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, other := w.subscribe(t), w.subscribe(t)
	e := w.publish(t, 1, "order.created", false)[0]
	w.record(t, e, one, sdk.DeliveryDead)
	w.record(t, e, other, sdk.DeliveryDead)
	spec := w.spec(replay.Failed)
	toOne := spec
	toOne.SubscriptionID = one
	first, all := w.create(t, toOne), w.create(t, spec)
	health := &delivery.Health{AccountID: w.account, SubscriptionID: one, DisabledReason: "gone"}
	key := newID(t)
	_, err := w.Commit(t.Context(), journal.Batch{Node: w.node, Outcomes: []*delivery.Outcome{{Health: health, Delivery: delivery.Delivery{
		AccountID: w.account, ID: delivery.NewID(key, one), EventKey: key, SubscriptionID: one, Provider: "test", Status: sdk.DeliveryCancelled,
	}}}})
	require.NoError(t, err)
	w.index.Invalidate(w.account)
	w.runner(t, w.node, w)
	r := w.ends(t, first.ID)
	require.Equal(t, replay.Paused, r.Status)
	require.Contains(t, r.Reason, "disabled")
	require.Zero(t, r.Created)
	r = w.ends(t, all.ID)
	require.Equal(t, replay.Done, r.Status)
	require.EqualValues(t, 1, r.Created)
	require.EqualValues(t, 1, r.Failed)
	_, err = w.service.Create(t.Context(), toOne)
	require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
	require.Equal(t, map[string]int{other.String() + e.Key.String(): 1}, w.replayed(t))
}
