package storetest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/audit"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// change is one that is noted in its transaction.
type change struct {
	resource audit.Resource
	// make makes it; refused, which may be nil, is a change that fails afterwards.
	make, refused func(ctx context.Context) error
	// state reads the thing; nil for none.
	state func() (any, error)
	// before and after are members of what the entry shows; nil: nothing is there.
	before, after map[string]any
}

// auditedTests look at each change alone, on a store of its own.
var auditedTests = map[string]func(*testing.T, *store.Store){
	"a new event type": audited(func(t *testing.T, st *store.Store, id, _ uuid.UUID) change {
		et := newEventType(t, id, "order.created")
		c := eventTypeChange(st, &et)
		c.refused = func(ctx context.Context) error {
			return st.PutEventTypes(ctx, []eventtype.EventType{et}, eventtype.Condition{Revision: id}, 1)
		}
		c.after = map[string]any{"description": "d ü", "deprecated": true, "revision": et.Revision.String(), "example": map[string]any{"a": 1.0}}
		return c
	}),
	"an event type in the place of another": audited(func(t *testing.T, st *store.Store, id, _ uuid.UUID) change {
		old, et := newEventType(t, id, "order.created"), newEventType(t, id, "order.created")
		require.NoError(t, st.PutEventTypes(t.Context(), []eventtype.EventType{old}, eventtype.Condition{}, 1))
		et.Description, et.Schema = "other", json.RawMessage(`{"title":"`+strings.Repeat("x", 5000)+`"}`)
		c := eventTypeChange(st, &et)
		c.before = map[string]any{"description": "d ü", "schema": map[string]any{"type": "object"}, "revision": old.Revision.String()}
		c.after = map[string]any{"description": "other", "revision": et.Revision.String()}
		return c
	}),
	"an event type that goes": audited(func(t *testing.T, st *store.Store, id, _ uuid.UUID) change {
		et := newEventType(t, id, "order.created")
		require.NoError(t, st.PutEventTypes(t.Context(), []eventtype.EventType{et}, eventtype.Condition{}, 1))
		c := eventTypeChange(st, &et)
		c.make = func(ctx context.Context) error { return st.DeleteEventType(ctx, id, et.Name, eventtype.Condition{}) }
		c.refused = c.make
		c.before = map[string]any{"description": "d ü", "revision": et.Revision.String()}
		return c
	}),
	"a new replay": audited(func(t *testing.T, st *store.Store, id, _ uuid.UUID) change {
		r := replay.Replay{
			Spec: replay.Spec{AccountID: id, From: at, To: at.Add(time.Hour), Select: replay.Failed, EventTypes: []string{"a.*"}}, ID: newID(t),
			Status: replay.Running, CreatedAt: at, UpdatedAt: at,
		}
		c := replayChange(st, &r)
		c.make = func(ctx context.Context) error { return st.CreateReplay(ctx, &r, 9) }
		c.refused = func(ctx context.Context) error { return st.CreateReplay(ctx, &r, 1) }
		c.after = map[string]any{"status": "running", "statuses": "failed", "event_types": []any{"a.*"}}
		return c
	}),
	"a replay that is cancelled": audited(func(t *testing.T, st *store.Store, id, _ uuid.UUID) change {
		r := newReplay(t, st, id, 9)
		c := replayChange(st, r)
		c.make = func(ctx context.Context) error {
			_, err := st.ChangeReplay(ctx, id, r.ID, []replay.Status{replay.Running}, replay.Cancelled, at)
			return err
		}
		c.refused = c.make
		c.before = map[string]any{"status": "running", "subscription_id": r.SubscriptionID.String(), "rate_per_second": 7.0}
		c.after = map[string]any{"status": "cancelled", "subscription_id": r.SubscriptionID.String()}
		return c
	}),
	"a delivery that is retried": audited(func(t *testing.T, st *store.Store, id, self uuid.UUID) change {
		o := outcome(newEvent(t, id, "1"), id, sdk.DeliveryDead, attempted(3))
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{o}})
		c := deliveryChange(st, &o.Delivery)
		c.make = func(ctx context.Context) error { _, err := st.Retry(ctx, id, o.Delivery.ID, at); return err }
		c.refused = func(ctx context.Context) error {
			require.NotEmpty(t, claimDue(t, st, self, at))
			_, err := st.Retry(ctx, id, o.Delivery.ID, at)
			return err
		}
		c.before = map[string]any{"status": "dead", "attempt_count": 3.0, "event_id": o.Delivery.EventKey.String()}
		c.after = map[string]any{"status": "retrying", "attempt_count": 3.0, "next_attempt_at": at.Format(time.RFC3339Nano)}
		return c
	}),
	"a delivery that is cancelled": audited(func(t *testing.T, st *store.Store, id, self uuid.UUID) change {
		o := outcome(newEvent(t, id, "1"), id, sdk.DeliveryRetrying, dueAt(at))
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{o}})
		c := deliveryChange(st, &o.Delivery)
		c.make = func(ctx context.Context) error { _, err := st.Cancel(ctx, id, o.Delivery.ID, at); return err }
		c.refused = c.make
		c.before = map[string]any{"status": "retrying", "next_attempt_at": at.Format(time.RFC3339Nano)}
		c.after = map[string]any{"status": "cancelled", "subscription_id": id.String()}
		return c
	}),
	"a first delivery that is cancelled": audited(func(t *testing.T, st *store.Store, id, self uuid.UUID) change {
		e := newEvent(t, id, "1")
		commit(t, st, journal.Batch{Node: self, Events: owned(e)})
		d := outcome(e, id, sdk.DeliveryPending).Delivery
		c := deliveryChange(st, &d)
		c.make = func(ctx context.Context) error { _, err := st.CancelFirst(ctx, &d); return err }
		c.refused = c.make
		c.before = map[string]any{"status": "pending"}
		c.after = map[string]any{"status": "cancelled"}
		return c
	}),
	"an import of event types that are too many": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		ctx := logged(t, audit.Actor{}, at)
		err := st.PutEventTypes(ctx, []eventtype.EventType{newEventType(t, id, "a"), newEventType(t, id, "b")}, eventtype.Condition{}, 1)
		require.True(t, sdk.IsCode(err, sdk.CodeLimit), "%v", err)
		require.NoError(t, st.WriteAudit(ctx))
		got, err := st.ListAudit(t.Context(), audit.Query{AccountID: id})
		require.NoError(t, err)
		require.Empty(t, got)
		require.NoError(t, st.PutEventTypes(ctx, []eventtype.EventType{newEventType(t, id, "a"), newEventType(t, id, "b")}, eventtype.Condition{}, 2))
		got, err = st.ListAudit(t.Context(), audit.Query{AccountID: id})
		require.NoError(t, err)
		require.Len(t, got, 2, "an entry each")
	},
}

// audited tests that a change and its entry are one.
func audited(prepare func(t *testing.T, st *store.Store, id, self uuid.UUID) change) func(*testing.T, *store.Store) {
	return func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		c := prepare(t, st, id, newNode(t, st))
		entries := func() []audit.Entry {
			got, err := st.ListAudit(t.Context(), audit.Query{AccountID: id})
			require.NoError(t, err)
			return got
		}
		was, err := c.state()
		require.NoError(t, err)

		// The entry cannot be written: what is noted ends the transaction.
		ctx, cancel := context.WithCancel(t.Context())
		ctx = audit.With(ctx, &audit.Log{Action: "Act", Now: func() time.Time { cancel(); return at }})
		require.Error(t, c.make(ctx))
		require.Error(t, ctx.Err(), "the change was noted")
		is, err := c.state()
		require.NoError(t, err)
		require.Equal(t, was, is, "nothing is changed without its entry")
		require.Empty(t, entries())

		ctx = logged(t, audit.Actor{KeyName: "ci"}, at)
		require.NoError(t, c.make(ctx))
		is, err = c.state()
		require.NoError(t, err)
		require.NotEqual(t, was, is)
		require.NoError(t, st.WriteAudit(ctx), "which writes nothing more")
		got := entries()
		require.Len(t, got, 1)
		require.Equal(t, c.resource, got[0].Resource)
		require.Equal(t, "ci", got[0].Actor.KeyName)
		requireMembers(t, c.before, got[0].Before)
		requireMembers(t, c.after, got[0].After)

		// What fails leaves no entry that tells of it.
		again := logged(t, audit.Actor{}, at)
		if c.refused != nil {
			require.Error(t, c.refused(again))
			require.NoError(t, st.WriteAudit(again))
			require.Len(t, entries(), 1)
		}
	}
}

// requireMembers looks for members of a JSON object.
func requireMembers(t *testing.T, want map[string]any, got json.RawMessage) {
	t.Helper()
	if want == nil {
		require.Empty(t, got)
		return
	}
	var all map[string]any
	require.NoError(t, json.Unmarshal(got, &all), "%s", got)
	for name, value := range want {
		require.Equal(t, value, all[name], "%s in %s", name, got)
	}
}

func eventTypeChange(st *store.Store, et *eventtype.EventType) change {
	return change{
		resource: audit.Resource{Type: "event_type", ID: et.Name},
		make: func(ctx context.Context) error {
			return st.PutEventTypes(ctx, []eventtype.EventType{*et}, eventtype.Condition{}, 1)
		},
		state: func() (any, error) {
			return st.EventTypes(context.Background(), et.AccountID, nil)
		},
	}
}

func replayChange(st *store.Store, r *replay.Replay) change {
	return change{
		resource: audit.Resource{Type: "replay", ID: r.ID.String()},
		state: func() (any, error) {
			return st.ListReplays(context.Background(), replay.Query{AccountID: r.AccountID})
		},
	}
}

func deliveryChange(st *store.Store, d *delivery.Delivery) change {
	return change{
		resource: audit.Resource{Type: "delivery", ID: d.ID.String()},
		state: func() (any, error) {
			return st.ListDeliveries(context.Background(), delivery.Query{AccountID: d.AccountID})
		},
	}
}
