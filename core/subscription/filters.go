package subscription

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// FiltersKey is equal for subscriptions with the same event types and the same
// filters, in whatever order.
func FiltersKey(spec sdk.SubscriptionSpec) string {
	types := slices.Compact(slices.Sorted(slices.Values(spec.EventTypes)))
	filters := slices.Clone(spec.Filters)
	slices.SortFunc(filters, func(a, b sdk.Filter) int {
		if c := strings.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
	h := sha256.New()
	for _, t := range types {
		h.Write([]byte("t\x00" + t + "\x00"))
	}
	for _, f := range filters {
		h.Write([]byte("f\x00" + f.Key + "\x00" + f.Value + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
