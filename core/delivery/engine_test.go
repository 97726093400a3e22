package delivery

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestEngineDelivers(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	const fanout, events = 10, 20
	for range fanout {
		b.subscribe(t)
	}
	b.run(t)
	for range events {
		b.publish(t)
	}
	b.idle(t)
	outcomes := b.recorder.all()
	require.Len(t, outcomes, fanout*events)
	left := map[uuid.UUID]int{}
	for _, o := range outcomes {
		require.Equal(t, sdk.DeliveryDelivered, o.Delivery.Status)
		require.Equal(t, 1, o.Attempt.Number)
		require.Equal(t, NewID(o.Delivery.EventKey, o.Delivery.SubscriptionID), o.Delivery.ID)
		left[o.Delivery.EventKey]++
		require.Equal(t, left[o.Delivery.EventKey] == fanout, o.Settles, "the last outcome of an event, and no other, settles it")
	}
}

func TestEngineSettlesWhatNobodyGets(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	b.run(t)
	ev := b.publish(t)
	b.idle(t)
	require.Empty(t, b.recorder.all())
	require.Equal(t, []uuid.UUID{ev.Key}, b.recorder.settledKeys())
}

func TestEngineRecoversOnlyWhatIsNotRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	done, left := b.subscribe(t), b.subscribe(t)
	key, err := uuid.NewV7()
	require.NoError(t, err)
	ev := &event.Event{AccountID: b.account, Key: key, Event: sdk.Event{ID: "1", Source: "/t", Type: "order.created"}}
	b.store.recorded = map[uuid.UUID]struct{}{done: {}}
	b.store.offerEvent(ev)
	b.run(t)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 1 }, patience, time.Millisecond)
	o := b.recorder.all()[0]
	require.Equal(t, left, o.Delivery.SubscriptionID)
	require.True(t, o.Settles)
	b.idle(t)
}

func TestEngineFailures(t *testing.T) {
	t.Parallel()
	respond := func(status int, header http.Header, err error) func(context.Context, egress.Request) (egress.Response, error) {
		return func(context.Context, egress.Request) (egress.Response, error) {
			return egress.Response{Status: status, Header: header}, err
		}
	}
	refuse := func(code sdk.Code) func(pluginhost.Delivery) pluginhost.Result {
		return func(pluginhost.Delivery) pluginhost.Result {
			return pluginhost.Result{Err: sdk.Errorf(code, "no")}
		}
	}
	for name, c := range map[string]struct {
		change   func(*bundle)
		status   sdk.DeliveryStatus
		attempts int
		failure  string
		wait     time.Duration
		disabled bool
	}{
		"ServerError": {
			change: func(b *bundle) { b.answer = respond(500, nil, nil) },
			status: sdk.DeliveryRetrying, attempts: 1, failure: "HTTP 500 Internal Server Error", wait: time.Minute,
		},
		"RetryAfterLengthens": {
			change: func(b *bundle) { b.answer = respond(503, http.Header{"Retry-After": {"3600"}}, nil) },
			status: sdk.DeliveryRetrying, attempts: 1, failure: "HTTP 503 Service Unavailable", wait: time.Hour,
		},
		"RetryAfterDoesNotShorten": {
			change: func(b *bundle) { b.answer = respond(503, http.Header{"Retry-After": {"1"}}, nil) },
			status: sdk.DeliveryRetrying, attempts: 1, failure: "HTTP 503 Service Unavailable", wait: time.Minute,
		},
		"Timeout": {
			change: func(b *bundle) { b.answer = respond(0, nil, &egress.Error{Kind: egress.KindTimeout, Text: "x"}) },
			status: sdk.DeliveryRetrying, attempts: 1, failure: "timeout of 1000ms exceeded", wait: time.Minute,
		},
		"Gone": {
			change: func(b *bundle) { b.answer = respond(410, nil, nil) },
			status: sdk.DeliveryDead, attempts: 1, failure: "HTTP 410 Gone", disabled: true,
		},
		"Unrenderable": {
			change: func(b *bundle) { b.render = refuse(sdk.CodeInvalid) },
			status: sdk.DeliveryDead, attempts: 1, failure: "render: no",
		},
		"AdapterUnavailableIsNoAttempt": {
			change: func(b *bundle) { b.render = refuse(sdk.CodeUnavailable) },
			status: sdk.DeliveryPending, wait: providerWait,
		},
		"NoSuchProviderIsNoAttempt": {
			change: func(b *bundle) { b.renderOK = pluginhost.ErrUnknownProvider },
			status: sdk.DeliveryPending, wait: providerWait,
		},
		"CrashingItsPlugin": {
			change: func(b *bundle) { b.renderOK = errors.New("plugin died") },
			status: sdk.DeliveryRetrying, attempts: 1, failure: "render: plugin died", wait: time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, Config{})
			c.change(b)
			b.subscribe(t)
			b.run(t)
			b.publish(t)
			b.idle(t)
			require.Len(t, b.recorder.all(), 1)
			o := b.recorder.all()[0]
			require.Equal(t, c.status, o.Delivery.Status)
			require.Equal(t, c.attempts, o.Delivery.AttemptCount)
			if c.attempts > 0 {
				require.Equal(t, c.failure, o.Attempt.Error)
			} else {
				require.Nil(t, o.Attempt)
			}
			if c.wait == 0 {
				require.Zero(t, o.Delivery.DueAt)
			} else {
				require.WithinDuration(t, o.Delivery.UpdatedAt.Add(c.wait), o.Delivery.DueAt, time.Second)
			}
			require.Equal(t, c.disabled, o.Health != nil && o.Health.DisabledReason != "")
			require.True(t, o.Settles, "recorded in whatever state, the event is no longer pending")
		})
	}
}

// One delivery that crashes the plugin does not take its batch along.
func TestEngineFindsTheDeliveryThatCrashesItsPlugin(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	ids := make([]uuid.UUID, 8)
	for i := range ids {
		ids[i] = b.subscribe(t)
	}
	b.crash = ids[5].String()
	b.run(t)
	b.publish(t)
	b.idle(t)
	require.Len(t, b.recorder.all(), len(ids))
	for _, o := range b.recorder.all() {
		want := sdk.DeliveryDelivered
		if o.Delivery.SubscriptionID == ids[5] {
			want = sdk.DeliveryRetrying
			require.Nil(t, o.Health, "the subscriber was never asked")
		}
		require.Equal(t, want, o.Delivery.Status)
	}
}

// What a line has no room for waits in the store, is asked for again when there is
// room, and no attempt is counted for the wait.
func TestEngineHoldsWhatALineCannot(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{MaxInFlightPerSubscription: 2, MaxWaiting: 6})
	release := make(chan struct{})
	b.answer = func(context.Context, egress.Request) (egress.Response, error) {
		<-release
		return egress.Response{Status: http.StatusOK}, nil
	}
	b.subscribe(t)
	b.run(t)
	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo)
	const events = 30
	for range events {
		b.publish(t)
	}
	require.Eventually(t, func() bool { return len(b.recorder.all()) == events-3 }, patience, time.Millisecond, "2 are in flight and 1 waits")
	for _, o := range b.recorder.all() {
		require.Equal(t, sdk.DeliveryPending, o.Delivery.Status)
		require.True(t, o.Delivery.Held)
		require.Zero(t, o.Delivery.DueAt)
		require.Nil(t, o.Attempt)
	}
	letGo()
	delivered := func() (n int) {
		for _, o := range b.recorder.all() {
			if o.Delivery.Status == sdk.DeliveryDelivered {
				require.Equal(t, 1, o.Attempt.Number)
				n++
			}
		}
		return n
	}
	require.Eventually(t, func() bool { return delivered() == events }, patience, time.Millisecond)
	b.idle(t)
}

// A subscriber that fails is left alone; when its breaker lets a probe through and
// it is well again, it gets all that was held.
func TestEngineBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, Config{MaxInFlightPerSubscription: 1, Breaker: gate.BreakerLimits{Failures: 3, Pause: time.Minute, MaxPause: time.Hour}})
		var asked atomic.Int64
		var well atomic.Bool
		b.answer = func(context.Context, egress.Request) (egress.Response, error) {
			asked.Add(1)
			if well.Load() {
				return egress.Response{Status: http.StatusOK}, nil
			}
			return egress.Response{Status: http.StatusInternalServerError}, nil
		}
		b.subscribe(t)
		stop := b.run(t)
		for range 20 {
			b.publish(t)
		}
		synctest.Wait()
		require.Equal(t, int64(3), asked.Load(), "the third failure opens the breaker")
		time.Sleep(time.Minute + time.Second) //nolint:forbidigo // of the bubble's clock
		synctest.Wait()
		require.Equal(t, int64(4), asked.Load(), "after the pause one probe goes out")
		well.Store(true)
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble's clock
		synctest.Wait()
		require.Equal(t, int64(4), asked.Load(), "the second pause is longer")
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble's clock
		synctest.Wait()
		require.Equal(t, int64(20), asked.Load(), "all that was held; those that had failed are due later")
		require.True(t, b.store.nothingHeld())
		require.NoError(t, stop())
	})
}

func TestEngineIsolatesSubscriptions(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{MaxInFlightPerSubscription: 2})
	hanging := b.subscribe(t)
	healthy := b.subscribe(t)
	release := make(chan struct{})
	b.answer = func(_ context.Context, r egress.Request) (egress.Response, error) {
		if r.URL == "https://example.com/"+hanging.String() {
			<-release
		}
		return egress.Response{Status: http.StatusOK}, nil
	}
	b.run(t)
	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo)
	for range 10 {
		b.publish(t)
	}
	require.Eventually(t, func() bool {
		n := 0
		for _, o := range b.recorder.all() {
			if o.Delivery.SubscriptionID == healthy && o.Delivery.Status == sdk.DeliveryDelivered {
				n++
			}
		}
		return n == 10
	}, patience, time.Millisecond, "a hanging subscriber holds a healthy one up")
	letGo()
	b.idle(t)
}

func TestEngineResumesClaimedDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	sub := b.subscribe(t)
	claim := func(subscriptionID uuid.UUID, ev *event.Event) uuid.UUID {
		d := Delivery{
			AccountID: b.account, ID: uuid.New(), EventKey: uuid.New(), SubscriptionID: subscriptionID, Provider: "test",
			EventType: "order.created", Status: sdk.DeliveryRetrying, AttemptCount: 1, FirstAttemptAt: time.Now(), CreatedAt: time.Now(),
		}
		b.store.offerDelivery(Claimed{Delivery: d, Event: ev})
		return d.ID
	}
	ev := &event.Event{AccountID: b.account, Event: sdk.Event{ID: "1", Type: "order.created"}}
	want := map[uuid.UUID]sdk.DeliveryStatus{
		claim(sub, ev):        sdk.DeliveryDelivered,
		claim(uuid.New(), ev): sdk.DeliveryCancelled, // its subscription is gone
		claim(sub, nil):       sdk.DeliveryCancelled, // its event is gone
	}
	b.run(t)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == len(want) }, patience, time.Millisecond)
	for _, o := range b.recorder.all() {
		require.Equal(t, want[o.Delivery.ID], o.Delivery.Status)
		require.False(t, o.Settles, "a claimed delivery has settled its event before")
		if o.Delivery.Status == sdk.DeliveryDelivered {
			require.Equal(t, 2, o.Attempt.Number)
		}
	}
	b.idle(t)
}

func TestEngineStopLeavesUnfinishedWorkToTheStore(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	b.subscribe(t)
	started := make(chan struct{}, 1)
	b.answer = func(ctx context.Context, _ egress.Request) (egress.Response, error) {
		started <- struct{}{}
		<-ctx.Done()
		return egress.Response{}, &egress.Error{Kind: egress.KindCanceled, Text: "canceled"}
	}
	stop := b.run(t)
	b.publish(t)
	<-started
	require.NoError(t, stop())
	require.Empty(t, b.recorder.all(), "an attempt that a stop broke off is not recorded as failed")
	require.Empty(t, b.recorder.settledKeys(), "its event stays pending")
}

func TestEngineEndsWhenFenced(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	b.recorder.err = node.ErrFenced
	b.subscribe(t)
	ended := make(chan error, 1)
	go func() { ended <- b.engine.Run(t.Context(), time.Minute) }()
	b.publish(t)
	select {
	case err := <-ended:
		require.ErrorIs(t, err, node.ErrFenced)
	case <-time.After(patience):
		require.FailNow(t, "the engine goes on though others have its work")
	}
}

func TestAttemptHeaderHasNoBaggageAndTheAdapterWins(t *testing.T) {
	t.Parallel()
	a := &attempt{
		work: &work{sub: &subscription.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{
			Headers: []sdk.Header{{Name: "X-Own", Value: "1"}, {Name: "Content-Type", Value: "text/plain"}},
		}}},
		request: &sdk.Request{Headers: []sdk.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Two", Value: "a"}, {Name: "X-Two", Value: "b"}}},
	}
	h := a.header("")
	require.Equal(t, http.Header{"X-Own": {"1"}, "Content-Type": {"application/json"}, "X-Two": {"a", "b"}}, h)
}

// What is cancelled while it waits in memory is not attempted.
func TestEngineEndsWhatWasCancelledMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{MaxInFlightPerSubscription: 1, MaxInFlight: 1})
	sub := b.subscribe(t)
	asked, answer := make(chan struct{}, 8), make(chan struct{})
	b.answer = func(context.Context, egress.Request) (egress.Response, error) {
		asked <- struct{}{}
		<-answer
		return egress.Response{Status: http.StatusOK}, nil
	}
	b.run(t)
	b.publish(t)
	<-asked // the only place is taken
	waits, later := b.publish(t), b.publish(t)
	b.store.cancel(Cancellation{AccountID: b.account, DeliveryID: NewID(waits.Key, sub)})
	b.store.cancel(Cancellation{AccountID: b.account, DeliveryID: NewID(later.Key, sub), Lease: -1})
	b.engine.Wake()
	require.Eventually(t, b.store.knowsAll, patience, time.Millisecond)
	close(answer)
	b.idle(t)
	got := map[uuid.UUID]sdk.DeliveryStatus{}
	for _, o := range b.recorder.all() {
		got[o.Delivery.EventKey] = o.Delivery.Status
		require.Equal(t, o.Delivery.EventKey != waits.Key, o.Attempt != nil)
		require.True(t, o.Settles)
	}
	require.Len(t, got, 3)
	require.Equal(t, sdk.DeliveryCancelled, got[waits.Key])
	require.Equal(t, sdk.DeliveryDelivered, got[later.Key], "a claim before was cancelled, not this one")
}

func TestEngineForgetsOldCancellations(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	list := make([]Cancellation, cancelledPage)
	for range maxCancelled/cancelledPage + 2 {
		for i := range list {
			list[i].DeliveryID = uuid.New()
		}
		b.engine.remember(list)
		require.LessOrEqual(t, len(*b.engine.stopped.Load()), maxCancelled)
		require.Contains(t, *b.engine.stopped.Load(), list[0].DeliveryID)
	}
}

func TestReplaysHaveIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	event, err := uuid.NewV7()
	require.NoError(t, err)
	replay, sub := uuid.New(), uuid.New()
	d := Delivery{ID: ReplayID(replay, event, sub), EventKey: event, SubscriptionID: sub}
	require.True(t, d.Replayed())
	require.Equal(t, d.ID, ReplayID(replay, event, sub))
	require.NotEqual(t, d.ID, ReplayID(uuid.New(), event, sub))
	require.NotEqual(t, d.ID, ReplayID(sub, event, replay))
	first, last := IDRange(event)
	require.True(t, bytes.Compare(first[:], d.ID[:]) <= 0 && bytes.Compare(d.ID[:], last[:]) <= 0)
	require.EqualValues(t, 7, d.ID.Version())
	d.ID = NewID(event, sub)
	require.False(t, d.Replayed())
}

// A delivery to a subscription that another node has just made is not cancelled.
func TestEngineAsksForSubscriptionsThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	known := b.subscribe(t)
	_, err := b.engine.Snapshots.Snapshot(t.Context(), b.account)
	require.NoError(t, err)
	fresh := uuid.New()
	b.subs.add(subscription.Subscription{
		AccountID: b.account, ID: fresh, Provider: "test", SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/", Enabled: true},
	})
	for _, sub := range []uuid.UUID{fresh, known, uuid.New()} {
		key, err := uuid.NewV7()
		require.NoError(t, err)
		b.store.offerDelivery(Claimed{
			Delivery: Delivery{AccountID: b.account, ID: NewID(key, sub), EventKey: key, SubscriptionID: sub, Provider: "test"},
			Event:    &event.Event{AccountID: b.account, Key: key, Event: sdk.Event{ID: key.String()}},
		})
	}
	b.run(t)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 3 }, patience, time.Millisecond)
	for _, o := range b.recorder.all() {
		want := sdk.DeliveryDelivered
		if sub := o.Delivery.SubscriptionID; sub != fresh && sub != known {
			want = sdk.DeliveryCancelled
		}
		require.Equal(t, want, o.Delivery.Status)
	}
}
