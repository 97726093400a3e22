package conformance

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/memengine"
)

// creator is a request that made a subscription in an empty account.
type creator struct {
	request request
	// name that the subscription got from the request.
	name string
	// upsert: the call replaces the only subscription and never makes a second.
	upsert bool
}

// exchanged is a request with its successful answer, and what was there then.
type exchanged struct {
	request  request
	response *sdk.Response
	ids      known
}

// world is what one request finds: an account, and a subscription unless empty.
type world struct {
	engine *memengine.Engine
	ids    known
}

// empty is an account without subscriptions. Its probes succeed.
func (k *kit) empty() world {
	w := world{engine: memengine.New(k.manifest)}
	w.engine.SetTime(time.Now().UTC())
	w.engine.AnswerProbes(func(p sdk.Probe) sdk.ProbeResult {
		return sdk.ProbeResult{Status: http.StatusOK, Body: p.ExpectBody}
	})
	return w
}

// seeded is an account with one subscription, made by the adapter's own API where
// that has a way, and one delivery to it.
func (k *kit) seeded(ctx context.Context, o *operation) (world, error) {
	w := k.empty()
	if c := k.creatorFor(o); c != nil {
		if _, err := k.ask(ctx, c.request.api(), w.engine); err != nil {
			return w, err
		}
	} else if _, err := w.engine.CreateSubscription(ctx, k.spec()); err != nil {
		return w, err
	}
	list, err := w.engine.ListSubscriptions(ctx, 1, "")
	if err != nil || len(list.Subscriptions) == 0 {
		return w, err
	}
	w.ids = known{subscription: list.Subscriptions[0].ID, delivery: uuid.NewString(), event: uuid.NewString()}
	w.engine.AddDelivery(k.delivered(w.ids))
	return w, nil
}

// creatorFor is the creator whose path is the nearest to the operation's.
func (k *kit) creatorFor(o *operation) *creator {
	var best *creator
	longest := -1
	for i := range k.creators {
		if n := commonPrefix(k.creators[i].request.op.path, o.path); n > longest {
			best, longest = &k.creators[i], n
		}
	}
	return best
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// spec is a subscription as the unified API makes one.
func (k *kit) spec() sdk.SubscriptionSpec {
	return sdk.SubscriptionSpec{Name: "conformance", URL: k.url, Enabled: true, Secret: k.secret()}
}

// delivered is a delivery of the subscription, as the engine has recorded it.
func (k *kit) delivered(ids known) sdk.DeliveryRecord {
	now := time.Now().UTC()
	data := []byte(`{"conformance":true}`)
	return sdk.DeliveryRecord{
		ID: ids.delivery, SubscriptionID: ids.subscription, EventType: k.nativeEvent(), Verbatim: true,
		Status: sdk.DeliveryDelivered, CreatedAt: now,
		Event: sdk.Event{
			ID: ids.event, Source: eventSource, Type: k.manifest.Provider + "." + k.nativeEvent(),
			Time: now, DataContentType: "application/json", Data: data,
		},
		Attempts: []sdk.Attempt{{
			Number: 1, StartedAt: now, Duration: time.Millisecond, ResponseStatus: http.StatusOK,
			ResponseHeaders: []sdk.Header{{Name: "Content-Type", Value: "application/json"}}, ResponseBody: []byte(`{"ok":true}`),
		}},
	}
}

// generator makes values for this adapter.
func (k *kit) generator() generator { return generator{url: k.url, event: k.nativeEvent()} }
