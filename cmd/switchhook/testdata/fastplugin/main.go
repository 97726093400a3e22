// Command fastplugin is an external adapter for tests: the standard one under
// another name, with retries that a test can wait for.
package main

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/standard"
)

type fast struct{ sdk.Adapter }

// Manifest implements [sdk.Adapter].
func (f fast) Manifest() sdk.Manifest {
	m := f.Adapter.Manifest()
	m.Provider, m.Title = "fast", "Fast"
	m.Delivery = sdk.DeliveryPolicy{
		Timeout:     2 * time.Second,
		Schedule:    []time.Duration{20 * time.Millisecond, 40 * time.Millisecond, 80 * time.Millisecond},
		MaxAttempts: 5,
	}
	return m
}

func main() { sdk.Serve(fast{standard.New()}) }
