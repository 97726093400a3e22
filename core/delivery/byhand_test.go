package delivery

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// pendingStore has pending events, and deliveries with a row.
type pendingStore struct {
	Store
	events []*event.Event
	rows   map[uuid.UUID]sdk.DeliveryStatus
	// meanwhile is called once a pending event was looked for.
	meanwhile func()
	firsts    []Delivery
}

func (p *pendingStore) Cancel(_ context.Context, _, id uuid.UUID, _ time.Time) (*Record, error) {
	status, ok := p.rows[id]
	switch {
	case !ok:
		return nil, sdk.Errorf(sdk.CodeNotFound, "There is no such delivery")
	case Final(status):
		return nil, sdk.Errorf(sdk.CodeConflict, "It is final")
	}
	p.rows[id] = sdk.DeliveryCancelled
	return &Record{Delivery: Delivery{ID: id, Status: sdk.DeliveryCancelled}}, nil
}

func (p *pendingStore) PendingEvent(_ context.Context, _, id, after uuid.UUID) (*event.Event, error) {
	defer func() {
		if p.meanwhile != nil {
			p.meanwhile()
			p.meanwhile = nil
		}
	}()
	first, last := IDRange(id)
	for _, e := range p.events {
		if bytes.Compare(e.Key[:], first[:]) >= 0 && bytes.Compare(e.Key[:], last[:]) <= 0 && bytes.Compare(e.Key[:], after[:]) > 0 {
			return e, nil
		}
	}
	return nil, nil
}

func (p *pendingStore) CancelFirst(_ context.Context, d *Delivery) (*Record, error) {
	if !slices.ContainsFunc(p.events, func(e *event.Event) bool { return e.Key == d.EventKey }) {
		return nil, sdk.Errorf(sdk.CodeNotFound, "There is no such delivery")
	}
	p.firsts = append(p.firsts, *d)
	return &Record{Delivery: *d}, nil
}

func TestCancelByHand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// meanwhile happens after the first look at the rows.
		meanwhile func(p *pendingStore, id uuid.UUID)
		row       sdk.DeliveryStatus
		none      bool
		first     bool
		code      sdk.Code
	}{
		"it has a row":                     {row: sdk.DeliveryRetrying},
		"it is final":                      {row: sdk.DeliveryDelivered, code: sdk.CodeConflict},
		"it is in memory alone":            {first: true},
		"there is no such subscription":    {none: true, code: sdk.CodeNotFound},
		"it was recorded meanwhile":        {meanwhile: func(p *pendingStore, id uuid.UUID) { p.rows[id] = sdk.DeliveryRetrying; p.events = nil }},
		"it was delivered meanwhile":       {meanwhile: func(p *pendingStore, id uuid.UUID) { p.rows[id] = sdk.DeliveryDelivered; p.events = nil }, code: sdk.CodeConflict},
		"its event was settled without it": {meanwhile: func(p *pendingStore, _ uuid.UUID) { p.events = nil }, code: sdk.CodeNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, Config{})
			sub := b.subscribe(t)
			b.subscribe(t)
			p := &pendingStore{rows: map[uuid.UUID]sdk.DeliveryStatus{}}
			key, err := uuid.NewV7()
			require.NoError(t, err)
			key[15] = 0
			for range 3 { // of one millisecond, in the order of their keys
				key[15]++
				p.events = append(p.events, &event.Event{AccountID: b.account, Key: key, Event: sdk.Event{Type: "order.created"}})
			}
			key = p.events[1].Key
			if c.none {
				sub = uuid.New()
			}
			id := NewID(key, sub)
			if c.row != 0 {
				p.rows[id] = c.row
			}
			if c.meanwhile != nil {
				p.meanwhile = func() { c.meanwhile(p, id) }
			}
			now := time.Now()
			var counted []uuid.UUID
			h := ByHand{Store: p, Snapshots: b.engine.Snapshots, Providers: b, Count: func(d *Delivery) { counted = append(counted, d.ID) }}
			r, err := h.Cancel(t.Context(), b.account, id, now)
			if c.code != 0 {
				require.Empty(t, counted)
				require.True(t, sdk.IsCode(err, c.code), "%v", err)
				require.Empty(t, p.firsts)
				return
			}
			require.NoError(t, err)
			require.Equal(t, id, r.ID)
			require.Equal(t, []uuid.UUID{id}, counted)
			if !c.first {
				require.Equal(t, sdk.DeliveryCancelled, p.rows[id])
				return
			}
			require.Equal(t, []Delivery{{
				AccountID: b.account, ID: id, EventKey: key, SubscriptionID: sub, Provider: "test", EventType: "order.created",
				Verbatim: p.firsts[0].Verbatim, Status: sdk.DeliveryPending, CreatedAt: now, UpdatedAt: now,
			}}, p.firsts)
		})
	}
}

// Who was not matched by the event cannot have its delivery cancelled.
func TestCancelByHandAsksWhoMatches(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	one, other := b.subscribe(t), b.subscribe(t)
	key, err := uuid.NewV7()
	require.NoError(t, err)
	p := &pendingStore{events: []*event.Event{{AccountID: b.account, Key: key, Only: one, Event: sdk.Event{Type: "order.created"}}}}
	h := ByHand{Store: p, Snapshots: b.engine.Snapshots, Providers: b}
	_, err = h.Cancel(t.Context(), b.account, NewID(key, other), time.Now())
	require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	_, err = h.Cancel(t.Context(), b.account, NewID(key, one), time.Now())
	require.NoError(t, err)
	require.Len(t, p.firsts, 1)
}
