package operational_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/operational"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var (
	operator = uuid.MustParse("01a1ffbb-eeaa-7814-908d-7cd088a34500")
	acme     = uuid.MustParse("01a1ffbb-eeaa-7814-908d-7cd088a34501")
)

// accounts are two accounts and some keys.
type accounts struct{ keys []account.Key }

func (*accounts) Account(_ context.Context, id uuid.UUID) (*account.Account, error) {
	return &account.Account{ID: id, Name: map[uuid.UUID]string{operator: "default", acme: "acme"}[id]}, nil
}

func (*accounts) AccountByName(_ context.Context, name string) (*account.Account, error) {
	if name != account.DefaultName {
		return nil, fmt.Errorf("asked for %q", name)
	}
	return &account.Account{ID: operator, Name: name}, nil
}

func (a *accounts) KeysExpiring(_ context.Context, from, to time.Time, _ uuid.UUID, _ int) (out []account.Key, err error) {
	for _, k := range a.keys {
		if k.ExpiresAt.After(from) && !k.ExpiresAt.After(to) {
			out = append(out, k)
		}
	}
	return out, nil
}

// publisher keeps what is published, once of a source and id.
type publisher struct {
	mu     sync.Mutex
	err    error
	tries  int
	events []sdk.Event
	block  chan struct{}
}

func (p *publisher) PublishOwn(ctx context.Context, accountID uuid.UUID, in sdk.Event) (event.Accepted, error) {
	if p.block != nil {
		select {
		case <-p.block:
		case <-ctx.Done():
			return event.Accepted{}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries++
	if p.err != nil {
		return event.Accepted{}, p.err
	}
	if accountID != operator {
		return event.Accepted{}, errors.New("not the operator's account")
	}
	for _, e := range p.events {
		if e.ID == in.ID && e.Source == in.Source {
			return event.Accepted{Duplicate: true}, nil
		}
	}
	p.events = append(p.events, in)
	return event.Accepted{}, nil
}

func (p *publisher) all() []sdk.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]sdk.Event(nil), p.events...)
}

func newEmitter(t *testing.T, keys ...account.Key) (*operational.Emitter, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	e, err := operational.New(operational.Deps{
		Accounts: &accounts{keys: keys}, Meter: noop.NewMeterProvider().Meter(""),
		Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now,
	})
	require.NoError(t, err)
	return e, &log
}

// run runs an emitter within a bubble and returns how to end it.
func run(t *testing.T, e *operational.Emitter, p operational.Publisher) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); e.Run(ctx, p) }()
	return func() { cancel(); <-done }
}

func dead(n byte) *delivery.Delivery {
	return &delivery.Delivery{
		AccountID: acme, ID: uuid.UUID{15: n}, EventKey: uuid.UUID{1}, EventType: "order.created", SubscriptionID: uuid.UUID{2},
		Provider: "standard", AttemptCount: 10,
	}
}

func TestEachTypeIsPublished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, _ := newEmitter(t)
		p := &publisher{}
		defer run(t, e, p)()
		e.SubscriptionDisabled(dead(1), 3, &delivery.Health{DisabledReason: "The subscriber answered 410 Gone", FailingSince: time.Now()})
		e.DeliveryDead(dead(1), &delivery.Attempt{Attempt: sdk.Attempt{Error: "HTTP 500", ResponseStatus: 500}})
		e.DeliveryDead(dead(2), nil)
		e.LimitReached(t.Context(), acme, account.LimitSubscriptions)
		synctest.Wait()
		events := p.all()
		require.Len(t, events, 4)
		var datas []map[string]any
		for _, ev := range events {
			require.Equal(t, "/switchhook/accounts/acme", ev.Source)
			require.Equal(t, "application/json", ev.DataContentType)
			require.Equal(t, time.Now(), ev.Time)
			var data map[string]any
			require.NoError(t, json.Unmarshal(ev.Data, &data))
			require.Equal(t, acme.String(), data["account_id"])
			require.Equal(t, "acme", data["account"])
			datas = append(datas, data)
		}
		require.Equal(t, operational.TypeSubscriptionDisabled, events[0].Type)
		require.Equal(t, "The subscriber answered 410 Gone", datas[0]["reason"])
		require.Equal(t, operational.TypeDeliveryDead, events[1].Type)
		require.Equal(t, "deliveries/"+dead(1).ID.String(), events[1].Subject)
		require.InDelta(t, 500, datas[1]["response_status"], 0)
		require.NotContains(t, datas[2], "reason")
		require.Equal(t, operational.TypeLimitReached, events[3].Type)
		require.Equal(t, "max_subscriptions", datas[3]["limit"])
	})
}

func TestWhatRepeatsIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, _ := newEmitter(t)
		p := &publisher{}
		defer run(t, e, p)()
		for n := range byte(200) {
			e.DeliveryDead(dead(n), nil)
			e.LimitReached(t.Context(), acme, account.LimitEventsPerSecond)
		}
		synctest.Wait()
		require.Len(t, p.all(), 21, "20 deliveries and one limit")
		<-time.After(10 * time.Minute)
		e.DeliveryDead(dead(201), nil)
		e.LimitReached(t.Context(), acme, account.LimitEventsPerSecond)
		synctest.Wait()
		events := p.all()
		require.Len(t, events, 23)
		require.Contains(t, string(events[21].Data), `"suppressed":180`)
		require.Contains(t, string(events[22].Data), `"suppressed":199`)
	})
}

// Nothing waits for a publisher that hangs: what does not fit is dropped, and
// logged once.
func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, log := newEmitter(t)
		p := &publisher{block: make(chan struct{})}
		stop := run(t, e, p)
		began := time.Now()
		for n := range 3000 {
			d := dead(1)
			d.AccountID, d.ID = uuid.UUID{0: byte(n), 1: byte(n >> 8)}, uuid.UUID{0: byte(n), 1: byte(n >> 8)}
			e.DeliveryDead(d, nil)
		}
		require.Equal(t, began, time.Now())
		require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("operational events are dropped")))
		close(p.block)
		synctest.Wait()
		require.GreaterOrEqual(t, len(p.all()), 1024)
		require.Less(t, len(p.all()), 3000)
		stop()
	})
}

func TestFailedPublishesAreTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, log := newEmitter(t)
		p := &publisher{err: errors.New("the store is gone")}
		stop := run(t, e, p)
		e.DeliveryDead(dead(1), nil)
		<-time.After(time.Minute)
		synctest.Wait()
		require.Equal(t, 4, p.tries)
		require.Contains(t, log.String(), "the store is gone")
		p.mu.Lock()
		p.err = nil
		p.mu.Unlock()
		e.DeliveryDead(dead(2), nil)
		stop() // what waits has a last try
		require.Len(t, p.all(), 1)
	})
}

func TestKeysThatExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		key := func(n byte, lived, left time.Duration) account.Key {
			return account.Key{
				ID: uuid.UUID{15: n}, AccountID: acme, Name: "shop", Hint: "swh_4fQz…",
				CreatedAt: time.Now().Add(-lived), ExpiresAt: time.Now().Add(left),
			}
		}
		keys := []account.Key{key(1, day, 8*day), key(2, 6*day, 12*time.Hour), key(3, 0, 12*time.Hour), key(4, 0, 5*day)}
		p := &publisher{}
		notices := func() (out []string) {
			for _, ev := range p.all() {
				var data operational.KeyExpiring
				require.Equal(t, operational.TypeKeyExpiring, ev.Type)
				require.NoError(t, json.Unmarshal(ev.Data, &data))
				out = append(out, fmt.Sprintf("%d: %d", data.KeyID[15], data.Days))
			}
			return out
		}
		first, _ := newEmitter(t, keys...)
		other, _ := newEmitter(t, keys...)
		stopFirst, stopOther := run(t, first, p), run(t, other, p)
		synctest.Wait()
		require.Equal(t, []string{"2: 1"}, notices(), "keys that were made for less are not told of")
		<-time.After(day + time.Hour)
		require.Equal(t, []string{"2: 1", "1: 7"}, notices())
		stopFirst()
		stopOther()
		restarted, _ := newEmitter(t, keys...)
		defer run(t, restarted, p)()
		<-time.After(7*day - 2*time.Hour)
		require.Equal(t, []string{"2: 1", "1: 7", "4: 1", "1: 1"}, notices())
	})
}
