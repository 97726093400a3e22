package delivery

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const patience = 20 * time.Second

// bundle is an engine among fakes: a store of claims, an adapter that renders
// the event's id, a subscriber that answers what the test says, and a recorder
// that keeps outcomes.
type bundle struct {
	engine   *Engine
	account  uuid.UUID
	provider *provider.Set
	subs     *fakeSubscriptions
	store    *fakeStore
	recorder *fakeRecorder
	render   func(pluginhost.Delivery) pluginhost.Result
	answer   func(context.Context, egress.Request) (egress.Response, error)
	renderOK error
	// crash is the subscription whose deliveries crash the plugin.
	crash string
}

func setup(t testing.TB, cfg Config) *bundle {
	t.Helper()
	p, err := provider.New(sdk.Manifest{
		Provider: "test", Title: "Test", Version: "1", OpenCatalogue: true, IDFormat: sdk.IDFormatUUID,
		OpenAPI:     []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{}}`),
		URL:         sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery:    sdk.DeliveryPolicy{Timeout: time.Second, Schedule: []time.Duration{time.Minute}, MaxAttempts: 3, DisableAfter: time.Hour},
		Unavailable: &sdk.Response{Status: http.StatusServiceUnavailable},
	})
	require.NoError(t, err)
	set, err := provider.NewSet(p)
	require.NoError(t, err)
	b := &bundle{account: uuid.New(), provider: set, store: &fakeStore{held: map[SubscriptionRef][]Claimed{}}}
	b.recorder = &fakeRecorder{store: b.store, events: map[uuid.UUID]*event.Event{}}
	b.subs = &fakeSubscriptions{}
	b.render = func(d pluginhost.Delivery) pluginhost.Result {
		return pluginhost.Result{Request: &sdk.Request{Method: "POST", URL: d.Subscription.URL, Body: []byte(d.Event.ID)}}
	}
	b.answer = func(context.Context, egress.Request) (egress.Response, error) {
		return egress.Response{Status: http.StatusOK}, nil
	}
	b.engine = New(Config{
		MaxInFlight: or(cfg.MaxInFlight, 16), MaxInFlightPerSubscription: or(cfg.MaxInFlightPerSubscription, 8),
		MaxWaiting: or(cfg.MaxWaiting, 1024), MaxEvents: 64, MaxEventBytes: 1 << 20,
		RenderBatch: 4, PollInterval: time.Millisecond, Breaker: cfg.Breaker,
	}, Deps{
		Node: uuid.New(), Store: b.store, Snapshots: subscription.NewIndex(b.subs), Providers: b, Renderer: b, Sender: b,
		Tracer: noop.NewTracerProvider().Tracer(""), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Random: func() float64 { return 0.5 },
	})
	b.engine.SetRecorder(b.recorder)
	return b
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// run runs the engine until the test ends or stop is called.
func (b *bundle) run(t testing.TB) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.engine.Run(ctx, time.Second) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// publish gives the engine an event as the journal would.
func (b *bundle) publish(t *testing.T) *event.Event {
	t.Helper()
	key, err := uuid.NewV7()
	require.NoError(t, err)
	ev := &event.Event{AccountID: b.account, Key: key, Event: sdk.Event{ID: key.String(), Source: "/t", Type: "order.created"}, Generated: true}
	require.True(t, b.engine.Admit(ev))
	b.recorder.know(ev)
	b.engine.Take([]*event.Event{ev})
	return ev
}

func (b *bundle) subscribe(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	b.subs.add(subscription.Subscription{
		AccountID: b.account, ID: id, Provider: "test", ExternalID: id.String(),
		SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/" + id.String(), Enabled: true},
	})
	b.engine.Snapshots.Invalidate(b.account)
	return id
}

func (b *bundle) Providers() *provider.Set { return b.provider }

func (b *bundle) Render(_ context.Context, _ string, ds []pluginhost.Delivery) ([]pluginhost.Result, error) {
	if b.renderOK != nil {
		return nil, b.renderOK
	}
	for _, d := range ds {
		if b.crash != "" && d.Subscription.ID == b.crash {
			return nil, pluginhost.ErrUnavailable
		}
	}
	out := make([]pluginhost.Result, len(ds))
	for i, d := range ds {
		out[i] = b.render(d)
	}
	return out, nil
}

func (b *bundle) Do(ctx context.Context, r egress.Request) (egress.Response, error) {
	return b.answer(ctx, r)
}

func (b *budget) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events == 0
}

// idle waits until the engine holds no event.
func (b *bundle) idle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return b.engine.budget.empty() && b.store.nothingHeld() }, patience, time.Millisecond)
}

// fakeSubscriptions lists the subscriptions of one account.
type fakeSubscriptions struct {
	subscription.Store
	mu  sync.Mutex
	all []subscription.Subscription
}

func (f *fakeSubscriptions) add(s subscription.Subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, s)
}

// Changes never tells of another node.
func (f *fakeSubscriptions) Changes(context.Context, uuid.UUID) (int64, error) { return 0, nil }

func (f *fakeSubscriptions) ListSubscriptions(context.Context, subscription.Query) ([]subscription.Subscription, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]subscription.Subscription(nil), f.all...), nil
}

// fakeStore offers events and deliveries to be claimed, each once.
type fakeStore struct {
	Store
	mu         sync.Mutex
	events     []*event.Event
	deliveries []Claimed
	recorded   map[uuid.UUID]struct{}
	held       map[SubscriptionRef][]Claimed
	cancelled  []Cancellation
}

func (f *fakeStore) cancel(c Cancellation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cancelled = append(f.cancelled, c)
}

func (f *fakeStore) Cancelled(context.Context, uuid.UUID, int) ([]Cancellation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cancelled, nil
}

func (f *fakeStore) ForgetCancelled(_ context.Context, _ uuid.UUID, known []Cancellation) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cancelled = f.cancelled[len(known):]
	return nil
}

// knowsAll tells that the engine has learned of every cancellation.
func (f *fakeStore) knowsAll() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.cancelled) == 0
}

func (f *fakeStore) nothingHeld() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.held) == 0
}

func (f *fakeStore) hold(c Claimed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ref := SubscriptionRef{c.Delivery.AccountID, c.Delivery.SubscriptionID}
	c.Delivery.Held = false
	f.held[ref] = append(f.held[ref], c)
}

func (f *fakeStore) ClaimHeld(_ context.Context, _ uuid.UUID, ref SubscriptionRef, limit int) ([]Claimed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(len(f.held[ref]), limit)
	out := f.held[ref][:n:n]
	if f.held[ref] = f.held[ref][n:]; len(f.held[ref]) == 0 {
		delete(f.held, ref)
	}
	return out, nil
}

func (f *fakeStore) HeldSubscriptions(context.Context, SubscriptionRef, int) (out []SubscriptionRef, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ref := range f.held {
		out = append(out, ref)
	}
	return out, nil
}

func (f *fakeStore) offerEvent(ev *event.Event) { f.events = append(f.events, ev) }
func (f *fakeStore) offerDelivery(c Claimed)    { f.deliveries = append(f.deliveries, c) }

func (f *fakeStore) ClaimEvents(context.Context, uuid.UUID, int) ([]*event.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.events
	f.events = nil
	return out, nil
}

func (f *fakeStore) ClaimDeliveries(context.Context, uuid.UUID, time.Time, int) ([]Claimed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.deliveries
	f.deliveries = nil
	return out, nil
}

func (f *fakeStore) Recorded(context.Context, uuid.UUID, uuid.UUID) (map[uuid.UUID]struct{}, error) {
	return f.recorded, nil
}

// fakeRecorder keeps outcomes and tells err of each. What is held it gives to the
// store.
type fakeRecorder struct {
	store   *fakeStore
	events  map[uuid.UUID]*event.Event
	err     error
	mu      sync.Mutex
	records []*Outcome
	settled []uuid.UUID
}

func (f *fakeRecorder) Record(o *Outcome, done func(error)) {
	f.mu.Lock()
	f.records = append(f.records, o)
	ev := f.events[o.Delivery.EventKey]
	f.mu.Unlock()
	if o.Delivery.Held {
		f.store.hold(Claimed{Delivery: o.Delivery, Event: ev})
	}
	done(f.err)
}

func (f *fakeRecorder) know(ev *event.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events[ev.Key] = ev
}

func (f *fakeRecorder) Settle(e *event.Event, done func(error)) {
	f.mu.Lock()
	f.settled = append(f.settled, e.Key)
	f.mu.Unlock()
	done(f.err)
}

func (f *fakeRecorder) all() []*Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*Outcome(nil), f.records...)
}

func (f *fakeRecorder) settledKeys() []uuid.UUID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]uuid.UUID(nil), f.settled...)
}
