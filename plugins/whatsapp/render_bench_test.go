package whatsapp_test

import (
	"testing"

	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/whatsapp"
)

func BenchmarkRender(b *testing.B) {
	d := delivery("message.received", "message.received", canonicalExamples(b)["message.received"])
	d.Subscription.Secret = "22b13b26f38a98c5b41569e9a6cb7e9ec60332c0471027ea958d132f13d0426d"
	sdktest.BenchmarkRender(b, whatsapp.New(), d)
}
