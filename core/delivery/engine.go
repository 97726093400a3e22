package delivery

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/egress/bearer"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
)

// Renderer turns deliveries into signed requests, one result for each. It waits
// while the provider's plugin is down, until ctx ends.
type Renderer interface {
	Render(ctx context.Context, provider string, ds []pluginhost.Delivery) ([]pluginhost.Result, error)
}

// Sender sends one request. Errors are [*egress.Error].
type Sender interface {
	Do(ctx context.Context, r egress.Request) (egress.Response, error)
}

// Providers gives the providers that are known now.
type Providers interface {
	Providers() *provider.Set
}

// Snapshots gives an account's subscriptions.
type Snapshots interface {
	Snapshot(ctx context.Context, accountID uuid.UUID) (*subscription.Snapshot, error)
	Invalidate(accountID uuid.UUID)
}

// Replays knows which replay made a delivery.
type Replays interface {
	// ReplayOf finds it by the delivery's id; zero where it is not known any more.
	ReplayOf(ctx context.Context, d *Delivery) (uuid.UUID, error)
}

// Config bounds the engine.
type Config struct {
	// MaxInFlight bounds the attempts that run at one time.
	MaxInFlight int
	// MaxInFlightPerSubscription bounds those to one subscription.
	MaxInFlightPerSubscription int
	// MaxWaiting bounds what waits in memory behind these; what comes on top is
	// held in the store.
	MaxWaiting int
	// PerSecond bounds the attempts to one subscription in a second; 0: no bound.
	PerSecond int
	// Breaker stops attempts to subscriptions that fail.
	Breaker gate.BreakerLimits
	// MaxEvents and MaxEventBytes bound the events in memory.
	MaxEvents     int
	MaxEventBytes int64
	// RenderBatch is the most deliveries of one call to a plugin.
	RenderBatch int
	// PollInterval is how often the store is asked for work that is due.
	PollInterval time.Duration
}

// Deps are what the engine works with.
type Deps struct {
	Node      uuid.UUID
	Store     Store
	Snapshots Snapshots
	Providers Providers
	Renderer  Renderer
	Sender    Sender
	Tracer    trace.Tracer
	Log       *slog.Logger
	// Observer may be nil.
	Observer Observer
	// Statistics may be nil.
	Statistics Statistics
	// Meter takes what is counted; nil: nobody does.
	Meter metric.Meter
	// Replays is asked for what traces tell; it may be nil.
	Replays Replays
	// PluginTracer makes the spans that a provider's plugin tells of; nil, or a nil
	// tracer: nobody looks at them here.
	PluginTracer func(provider string) trace.Tracer
	// Now is the clock.
	Now func() time.Time
	// Random gives numbers from 0 to 1, for the jitter of retries.
	Random func() float64
}

// Engine delivers the events that this node owns. Make it with [New], give it a
// recorder with SetRecorder, then call Run.
type Engine struct {
	cfg Config
	Deps
	metrics  metrics
	recorder Recorder
	budget   *budget
	// incoming has room for every event that the budget admits.
	incoming chan []owned
	wake     chan struct{}
	refill   chan struct{}
	gates    *gate.Gates[*work]
	tokens   *bearer.Tokens[gate.Key]
	batchers sync.Map // provider → *batcher
	senders  *senders
	// told is when it was last logged that filters take too much, in nanoseconds.
	told atomic.Int64
	// heavy are the accounts whose events the heavy loop matches, and aside are
	// those events; it has room for all.
	heavy heavy
	aside chan owned
	// stopped is nil until something was cancelled that this node had.
	stopped atomic.Pointer[cancellations]

	// attempts ends when in-flight attempts must; working counts goroutines.
	attempts       context.Context
	cancelAttempts context.CancelFunc
	working        sync.WaitGroup
	fenced         chan struct{}
	fenceOnce      sync.Once
}

// New returns an engine that is not running.
func New(cfg Config, d Deps) *Engine {
	e := &Engine{
		cfg: cfg, Deps: d,
		budget:   newBudget(cfg.MaxEvents, cfg.MaxEventBytes),
		incoming: make(chan []owned, 2*cfg.MaxEvents),
		aside:    make(chan owned, 2*cfg.MaxEvents),
		wake:     make(chan struct{}, 1),
		refill:   make(chan struct{}, 1),
		fenced:   make(chan struct{}),
	}
	e.tokens = bearer.New[gate.Key](d.Sender, d.Now)
	e.gates = gate.New(gate.Limits{
		InFlight: cfg.MaxInFlight, PerSubscription: cfg.MaxInFlightPerSubscription, Waiting: cfg.MaxWaiting,
		PerSecond: cfg.PerSecond, Breaker: cfg.Breaker,
	}, d.Now, gate.Actions[*work]{Start: e.enqueue, Hold: e.hold, Drop: e.dropAll, Refill: e.wantRefill})
	e.instrument(d.Meter)
	e.attempts, e.cancelAttempts = context.WithCancel(context.Background())
	e.senders = &senders{run: e.send, working: &e.working}
	return e
}

// SetRecorder sets who makes outcomes durable, before Run.
func (e *Engine) SetRecorder(r Recorder) { e.recorder = r }

// owned is an event that this node delivers.
type owned struct {
	event *event.Event
	// recovered: some of its deliveries may be recorded already.
	recovered bool
}

// easeWait is how long publishers wait at most for subscribers to catch up.
const easeWait = time.Second

// Ease implements journal.Consumer.
func (e *Engine) Ease(ctx context.Context, accountID uuid.UUID) {
	began := e.Now()
	e.gates.Eased(ctx, accountID, easeWait)
	e.budget.ease(ctx, accountID, easeWait-e.Now().Sub(began))
}

// Admit implements journal.Consumer.
func (e *Engine) Admit(ev *event.Event) bool { return e.budget.admit(ev.AccountID, ev.Size()) }

// Refuse implements journal.Consumer.
func (e *Engine) Refuse(ev *event.Event) { e.free(ev) }

// Take implements journal.Consumer.
func (e *Engine) Take(events []*event.Event) {
	batch := make([]owned, len(events))
	for i, ev := range events {
		batch[i].event = ev
	}
	e.incoming <- batch
}

func (e *Engine) free(ev *event.Event) { e.budget.free(ev.AccountID, ev.Size()) }

// Wake makes the engine look for work that is due now.
func (e *Engine) Wake() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends. Attempts in flight then have until the grace is
// over; what is not done by then stays owned in the store, for its next owner.
// It returns early with [node.ErrFenced] when this node may no longer record.
func (e *Engine) Run(ctx context.Context, grace time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.working.Go(func() { e.matchLoop(ctx) })
	e.working.Go(func() { e.heavyLoop(ctx) })
	e.working.Go(func() { e.pollLoop(ctx) })
	e.working.Go(func() { e.refillLoop(ctx) })
	e.working.Go(func() { e.heldLoop(ctx) })
	e.working.Go(func() { e.limitLoop(ctx) })
	var err error
	select {
	case <-ctx.Done():
	case <-e.fenced:
		err, grace = node.ErrFenced, 0
	}
	cancel()
	e.senders.dismiss()
	e.gates.Close()
	timer := time.AfterFunc(grace, e.cancelAttempts)
	defer timer.Stop()
	e.working.Wait()
	e.cancelAttempts()
	return err
}

// fence stops the engine: others have taken its work over.
func (e *Engine) fence() { e.fenceOnce.Do(func() { close(e.fenced) }) }
