package bird_test

import (
	"testing"

	"github.com/switchhook/switchhook/plugins/bird"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func BenchmarkRender(b *testing.B) {
	d := delivery("sms.inbound", "message.received", canonicalExamples(b)["message.received"])
	d.Subscription.Secret = signingKey
	sdktest.BenchmarkRender(b, bird.New(), d)
}
