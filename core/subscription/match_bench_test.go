package subscription_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// BenchmarkMatch is an event on its way through an account's subscriptions: those
// without event filters must not pay for those that others have.
func BenchmarkMatch(b *testing.B) {
	order := []byte(`{"order":"4711","total":101,"items":[{"price":4},{"price":5}]}`)
	numbers, err := json.Marshal(make([]int, 100))
	require.NoError(b, err)
	for _, c := range []struct {
		name, filters string
		data          []byte
	}{
		{"none", "", order},
		{"attribute", `[{"prefix":{"type":"order."}}]`, order},
		{"expression", `[{"expr":"data.total > 100"}]`, order},
		{"hostile", `[{"expr":"any(data, any(data, any(data, false)))"}]`, numbers},
	} {
		for _, n := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				p, err := provider.New(manifest("p", open))
				require.NoError(b, err)
				set, err := provider.NewSet(p)
				require.NoError(b, err)
				all := &pages{}
				for range n {
					s := subscription.Subscription{ID: newID(b), Provider: "p", Version: 1, SubscriptionSpec: spec()}
					if c.filters != "" {
						s.Options.Filters = json.RawMessage(c.filters)
					}
					all.subs = append(all.subs, s)
				}
				s, err := subscription.NewIndex(all).Snapshot(b.Context(), uuid.New())
				require.NoError(b, err)
				e := &sdk.Event{ID: "1", Source: "/s", Type: "order.created", Data: c.data}
				b.ReportAllocs()
				for b.Loop() {
					s.Match(set, e)
				}
			})
		}
	}
}
