package standard

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Manifest implements [sdk.Adapter]. The retry schedule and the secret's form are
// those that the Standard Webhooks specification recommends.
func (a *adapter) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Provider:      "standard",
		Title:         "Standard Webhooks",
		Version:       "1.0.0",
		OpenAPI:       openAPI,
		OpenCatalogue: true,
		IDFormat:      sdk.IDFormatUUID,
		URL:           sdk.URLPolicy{Schemes: []string{"http", "https"}},
		Secret:        sdk.SecretPolicy{Generate: true, Prefix: secretPrefix, Bytes: 32, Encoding: sdk.SecretEncodingBase64, Pattern: secretPrefix + `[A-Za-z0-9+/]{32,86}={0,2}`},
		Delivery: sdk.DeliveryPolicy{
			Timeout: 15 * time.Second,
			Schedule: []time.Duration{
				5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
				10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
			},
			MaxAttempts: 10,
			Jitter:      0.1,
		},
	}
}
