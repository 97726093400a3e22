package modeltest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// world is several gateways, their publishers and subscribers, and what goes
// wrong between them.
type world struct {
	bench     *Bench
	fault     *Fault
	providers *provider.Set
	dice      *dice
	// well: nothing fails any more.
	well atomic.Bool

	ctx     context.Context
	running sync.WaitGroup
	account uuid.UUID
	subs    []uuid.UUID

	mu       sync.Mutex
	gateways []*gateway
	acked    map[uuid.UUID]bool
	attempts map[string]*gateway // under way, by delivery
	taken    map[string]bool     // deliveries that a subscriber took
	// cancelled are deliveries that a person was told to be.
	cancelled map[uuid.UUID]bool
	errs      []error
}

// dice decide. They are thrown by many.
type dice struct {
	mu  sync.Mutex
	rnd *rand.Rand
}

func (d *dice) float() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rnd.Float64()
}

func (d *dice) upTo(most time.Duration) time.Duration {
	return time.Duration(d.float() * float64(most))
}

// oneIn is true once in n times; never for 0.
func (d *dice) oneIn(n int) bool { return n > 0 && d.float()*float64(n) < 1 }

// failing is n while things fail.
func (w *world) failing(n int) int {
	if w.well.Load() {
		return 0
	}
	return n
}

// wrong keeps what is not as it should be.
func (w *world) wrong(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errs = append(w.errs, fmt.Errorf(format, args...))
}

func newWorld(ctx context.Context, b *Bench, f *Fault, seed uint64) (*world, error) {
	rnd := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // it is to fall the same again
	w := &world{
		bench: b, fault: f, dice: &dice{rnd: rnd}, ctx: ctx,
		account: uuid.Must(uuid.NewV7()), acked: map[uuid.UUID]bool{}, attempts: map[string]*gateway{}, taken: map[string]bool{},
		cancelled: map[uuid.UUID]bool{},
	}
	p, err := provider.New(sdk.Manifest{
		Provider: "standard", Title: "Test", Version: "1", OpenCatalogue: true, IDFormat: sdk.IDFormatUUID,
		OpenAPI: []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{}}`),
		URL:     sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery: sdk.DeliveryPolicy{
			Timeout: 2 * time.Second, Schedule: []time.Duration{time.Second, 3 * time.Second}, MaxAttempts: 6, Jitter: 0.2,
		},
		Unavailable: &sdk.Response{Status: http.StatusServiceUnavailable},
	})
	if err != nil {
		return nil, err
	}
	if w.providers, err = provider.NewSet(p); err != nil {
		return nil, err
	}
	return w, w.populate()
}

func (w *world) populate() error {
	st := w.bench.Open(func() Fate { return Answered }, false)
	now := time.Now()
	if err := st.CreateAccount(w.ctx, &account.Account{ID: w.account, Name: "model", CreatedAt: now}); err != nil {
		return err
	}
	for range 3 {
		id := uuid.Must(uuid.NewV7())
		w.subs = append(w.subs, id)
		err := st.InAccount(w.ctx, w.account, func(tx subscription.Tx) error {
			return tx.Insert(&subscription.Subscription{
				AccountID: w.account, ID: id, Provider: "standard", ExternalID: id.String(), Version: 1, CreatedAt: now, UpdatedAt: now,
				SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/" + id.String(), Enabled: true},
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// newEvent makes one by the id of its publisher.
func (w *world) newEvent(id string) *event.Event {
	return &event.Event{AccountID: w.account, Key: uuid.Must(uuid.NewV7()), AcceptedAt: time.Now(), Event: sdk.Event{
		ID: id, Source: "/test", Type: "order.created", Time: time.Now(), Data: []byte(`{}`),
	}}
}

// publish publishes an event until some gateway has acknowledged it.
func (w *world) publish(id string) {
	for w.ctx.Err() == nil {
		if g := w.anyGateway(); g != nil {
			if keys, err := g.journal.Commit(w.ctx, []*event.Event{w.newEvent(id)}); err == nil {
				w.mu.Lock()
				w.acked[keys[0]] = true
				w.mu.Unlock()
				w.cancelSome(keys[0])
				return
			}
		}
		w.wait(w.dice.upTo(time.Second))
	}
}

// cancelSome has a person cancel a delivery of some events, at any gateway, most
// often before there is a row of it.
func (w *world) cancelSome(eventKey uuid.UUID) {
	g := w.anyGateway()
	if g == nil || !w.dice.oneIn(3) {
		return
	}
	id := delivery.NewID(eventKey, w.subs[int(w.dice.float()*float64(len(w.subs)))])
	w.wait(w.dice.upTo(50 * time.Millisecond))
	byHand := delivery.ByHand{Store: g.store, Snapshots: subscription.NewIndex(g.store), Providers: w}
	if _, err := byHand.Cancel(w.ctx, w.account, id, time.Now()); err == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cancelled[id] = true
	}
}

// wait lets time pass, which takes none in a bubble.
func (w *world) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-w.ctx.Done():
	}
}

// anyGateway returns one that has not ended; nil if there is none.
func (w *world) anyGateway() *gateway {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.gateways) == 0 {
		return nil
	}
	return w.gateways[int(w.dice.float()*float64(len(w.gateways)))]
}
