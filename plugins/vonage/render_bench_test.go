package vonage_test

import (
	"testing"

	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/vonage"
)

func BenchmarkRender(b *testing.B) {
	d := delivery("channel.held.v1", "call.held", canonicalExamples(b)["call.held"])
	d.Subscription.Secret = documentedSecret
	sdktest.BenchmarkRender(b, vonage.New(), d)
}
