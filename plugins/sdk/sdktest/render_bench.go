package sdktest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// batchSize is how many deliveries are rendered together.
const batchSize = 60

// BenchmarkRender measures what one rendered delivery costs, in batches: one event
// for many subscriptions (fanout), and many events for a few (busy). sample is a
// delivery that the adapter renders; its event and subscription are copied.
func BenchmarkRender(b *testing.B, a sdk.Adapter, sample *sdk.Delivery) {
	b.Helper()
	for _, shape := range []struct {
		name                  string
		events, subscriptions int
	}{{"fanout", 1, batchSize}, {"busy", batchSize, batchSize / 10}} {
		b.Run(shape.name, func(b *testing.B) {
			batch := copies(sample, shape.events, shape.subscriptions)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i %= len(batch); i == 0 {
					sdk.Batch(batch)
				}
				if _, err := a.Render(b.Context(), &batch[i]); err != nil {
					require.NoError(b, err)
				}
			}
		})
	}
}

// copies are deliveries of so many events to so many subscriptions in turn.
func copies(sample *sdk.Delivery, events, subscriptions int) []sdk.Delivery {
	es, subs := make([]sdk.Event, events), make([]sdk.Subscription, subscriptions)
	for i := range es {
		es[i] = *sample.Event
		es[i].ID = fmt.Sprintf("%s-%d", sample.Event.ID, i)
	}
	for i := range subs {
		subs[i] = *sample.Subscription
	}
	out := make([]sdk.Delivery, batchSize)
	for i := range out {
		out[i] = *sample
		out[i].Event, out[i].Subscription = &es[i%events], &subs[i%subscriptions]
	}
	return out
}
