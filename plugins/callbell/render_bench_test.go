package callbell_test

import (
	"testing"

	"github.com/switchhook/switchhook/plugins/callbell"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func BenchmarkRender(b *testing.B) {
	d := delivery("message_created", "message.received", canonicalExamples(b)["message.received"])
	d.Subscription.Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	sdktest.BenchmarkRender(b, callbell.New(), d)
}
