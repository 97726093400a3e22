package standard_test

import (
	"testing"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/standard"
)

// BenchmarkRenderInProcess is the adapter's own part of BenchmarkRender.
func BenchmarkRenderInProcess(b *testing.B) {
	for name, secret := range map[string]sdk.Secret{"v1": secret, "v1a": privateSeed} {
		b.Run(name, func(b *testing.B) {
			d := delivery(order(`{"a":1}`))
			d.Subscription.Secret = secret
			sdktest.BenchmarkRender(b, standard.New(), d)
		})
	}
}

const privateSeed = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
