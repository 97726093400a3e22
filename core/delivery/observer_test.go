package delivery

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// watcher is an observer that says what it saw.
type watcher struct{ saw chan string }

func (w *watcher) SubscriptionDisabled(d *Delivery, version int64, h *Health) {
	w.saw <- fmt.Sprintf("disabled %s %d: %s", d.SubscriptionID, version, h.DisabledReason)
}

func (w *watcher) DeliveryDead(d *Delivery, last *Attempt) {
	w.saw <- fmt.Sprintf("dead %s: %s", d.ID, last.Error)
}

func gone(context.Context, egress.Request) (egress.Response, error) {
	return egress.Response{Status: http.StatusGone}, nil
}

func TestEngineTellsItsObserver(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	w := &watcher{saw: make(chan string, 10)}
	b.engine.Observer = w
	b.answer = gone
	id := b.subscribe(t)
	b.run(t)
	ev := b.publish(t)
	require.Equal(t, fmt.Sprintf("disabled %s 0: The subscriber answered 410 Gone", id), <-w.saw)
	require.Equal(t, fmt.Sprintf("dead %s: HTTP 410 Gone", NewID(ev.Key, id)), <-w.saw)
	b.idle(t)
	require.Empty(t, w.saw)
}

// take gives the engine an event as the journal would.
func (b *bundle) take(t *testing.T, eventType string, only uuid.UUID) *event.Event {
	t.Helper()
	key, err := uuid.NewV7()
	require.NoError(t, err)
	ev := &event.Event{AccountID: b.account, Key: key, Only: only, Event: sdk.Event{ID: key.String(), Source: "/t", Type: eventType}}
	require.True(t, b.engine.Admit(ev))
	b.recorder.know(ev)
	b.engine.Take([]*event.Event{ev})
	return ev
}

// A delivery of an operational event that dies makes no other one.
func TestEngineTellsNothingOfOwnEvents(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	w := &watcher{saw: make(chan string, 10)}
	b.engine.Observer = w
	b.answer = gone
	b.subs.add(subscription.Subscription{
		AccountID: b.account, ID: uuid.New(), Provider: "test", ExternalID: "own",
		SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/own", Enabled: true, EventTypes: []string{"switchhook.*"}},
	})
	b.run(t)
	b.take(t, "switchhook.delivery.dead", uuid.Nil)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 1 }, patience, time.Millisecond)
	b.idle(t)
	require.Equal(t, sdk.DeliveryDead, b.recorder.all()[0].Delivery.Status)
	require.Empty(t, w.saw)
}

func TestEngineDeliversToOneAlone(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	b.subscribe(t)
	id := uuid.New()
	b.subs.add(subscription.Subscription{
		AccountID: b.account, ID: id, Provider: "test", ExternalID: "one",
		SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/one", Enabled: true, EventTypes: []string{"nothing.like.it"}},
	})
	b.run(t)
	b.take(t, "order.created", id)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 1 }, patience, time.Millisecond)
	gone := b.take(t, "order.created", uuid.New())
	b.idle(t)
	require.Len(t, b.recorder.all(), 1)
	require.Equal(t, id, b.recorder.all()[0].Delivery.SubscriptionID)
	require.Equal(t, []uuid.UUID{gone.Key}, b.recorder.settledKeys(), "one that is gone gets nothing")
}
