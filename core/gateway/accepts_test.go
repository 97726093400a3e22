package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestAccepts(t *testing.T) {
	t.Parallel()
	const document = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/{a}/x":{"x-namespace":"{a}",
"parameters":[{"name":"a","in":"path","required":true,"schema":{"type":"string"}}],"get":{"responses":{"200":{"description":"ok"}}}}}}`
	for want, text := range map[string]string{
		"": document,
		"x-namespace: {b} is not a parameter of the path": strings.Replace(document, `"x-namespace":"{a}"`, `"x-namespace":"{b}"`, 1),
		"x-accept: must be a list of media types":         strings.Replace(document, `"paths"`, `"x-accept":"json","paths"`, 1),
		"only http bearer, oauth2 and apiKey in a header": strings.Replace(document, `"paths"`,
			`"security":[{"s":[]}],"components":{"securitySchemes":{"s":{"type":"http","scheme":"digest"}}},"paths"`, 1),
	} {
		p, err := provider.New(sdk.Manifest{
			Provider: "vendor", OpenAPI: []byte(text), OpenCatalogue: true, IDFormat: sdk.IDFormatUUID,
			URL: sdk.URLPolicy{Schemes: []string{"https"}}, Unavailable: &sdk.Response{Status: 503},
			Delivery: sdk.DeliveryPolicy{Timeout: time.Second, MaxAttempts: 1},
		})
		require.NoError(t, err)
		err = gateway.Accepts(p)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}
