package bird

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	firstWait = 10 * time.Second
	lastWait  = 15 * time.Minute
)

// Manifest implements [sdk.Adapter].
//
// Documented: five subscriptions with the same filters, UUIDs, the URL pattern
// (the optional port is of its newer page), success is 2xx, retries at increasing
// intervals for eight hours. The intervals and the ten seconds for an answer are
// ours.
func (a *adapter) Manifest() sdk.Manifest {
	m := sdk.Manifest{
		Provider: "bird",
		Title:    "Bird",
		Version:  "1.0.0",
		OpenAPI:  a.openAPI,
		Limits:   []sdk.Limit{{Scope: sdk.LimitScopeSameFilters, Max: 5}},
		IDFormat: sdk.IDFormatUUID,
		URL: sdk.URLPolicy{
			Schemes: []string{"https"},
			Pattern: `https://([a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}(:[0-9]+)?(/[^\s]*)?`,
		},
		Delivery: sdk.DeliveryPolicy{
			Timeout:  10 * time.Second,
			Schedule: schedule(),
			Budget:   8 * time.Hour,
			Jitter:   0.1,
		},
	}
	for _, e := range catalogue {
		m.EventTypes = append(m.EventTypes, e.EventType)
	}
	return m
}

// schedule doubles from the first wait to the last, which then repeats.
func schedule() []time.Duration {
	var waits []time.Duration
	for wait := firstWait; wait < lastWait; wait *= 2 {
		waits = append(waits, wait)
	}
	return append(waits, lastWait)
}
