// Package operational tells operators what happens to their gateway, as CloudEvents
// in the operator's account: subscriptions that were disabled, deliveries that are
// dead, limits that were reached, keys that expire. Who causes such an event never
// waits for it.
package operational

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// The types of operational events.
const (
	TypeSubscriptionDisabled = event.OwnTypes + "subscription.disabled"
	TypeDeliveryDead         = event.OwnTypes + "delivery.dead"
	TypeLimitReached         = event.OwnTypes + "limit.reached"
	TypeKeyExpiring          = event.OwnTypes + "key.expiring"
)

// queueSize bounds the events in memory that are not published yet.
const queueSize = 1024

// Publisher publishes the gateway's own events. One of a source and id that was
// published before is not repeated.
type Publisher interface {
	PublishOwn(ctx context.Context, accountID uuid.UUID, in sdk.Event) (event.Accepted, error)
}

// Accounts reads accounts and keys.
type Accounts interface {
	Account(ctx context.Context, id uuid.UUID) (*account.Account, error)
	AccountByName(ctx context.Context, name string) (*account.Account, error)
	// KeysExpiring reads keys that expire after from and not after to, and are
	// neither revoked nor replaced, in the order of their ids after a given one.
	KeysExpiring(ctx context.Context, from, to time.Time, after uuid.UUID, limit int) ([]account.Key, error)
}

// Deps are what an emitter works with.
type Deps struct {
	Accounts Accounts
	Meter    metric.Meter
	Log      *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// Emitter takes what happens and publishes it. Make it with [New], then call Run:
// until then, events wait. All methods may be called at the same time.
type Emitter struct {
	Deps
	queue   chan notice
	pace    pace
	metrics metrics
	// told: it was logged that events are dropped, and the queue was not empty since.
	told atomic.Bool

	operator uuid.UUID // of Run alone; nil until it is known
	closing  sync.WaitGroup
}

// New returns an emitter that does not publish yet. It fails when the meter does.
func New(d Deps) (*Emitter, error) {
	e := &Emitter{Deps: d, queue: make(chan notice, queueSize), pace: newPace()}
	if err := e.metrics.instrument(d.Meter); err != nil {
		return nil, fmt.Errorf("operational events: metrics: %w", err)
	}
	return e, nil
}

// notice is an event that is to be published.
type notice struct {
	eventType string
	// id is that of the CloudEvent within its account's source: of two nodes that see
	// the same, one publishes it.
	id      string
	subject string
	account uuid.UUID
	at      time.Time
	data    data
}

// emit takes a notice unless there were too many of its kind. about tells kinds of
// one type apart.
func (e *Emitter) emit(n notice, about string) {
	n.at = e.Now()
	suppressed, ok := e.pace.allow(kind{n.account, n.eventType, about}, n.at)
	if !ok {
		e.metrics.drop(n.eventType, dropRate)
		return
	}
	n.data.common().Suppressed = suppressed
	e.enqueue(n)
}

// enqueue never waits; it tells whether there was room.
func (e *Emitter) enqueue(n notice) bool {
	select {
	case e.queue <- n:
		return true
	default:
	}
	e.metrics.drop(n.eventType, dropQueue)
	if e.told.CompareAndSwap(false, true) {
		e.Log.Warn("operational events are dropped: more happen than can be published", slog.String("type", n.eventType))
	}
	return false
}
