package vonage

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Manifest implements [sdk.Adapter].
//
// Documented: unique names, http and https, success 200 to 205, ten seconds for
// an answer, retries for up to 24 hours. The schedule within the day is ours, as
// are the 63 bytes of a generated secret: as many as the documentation's example.
func (a *adapter) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Provider:   "vonage",
		Title:      "Vonage Contact Center",
		Version:    "1.0.0",
		OpenAPI:    a.openAPI,
		EventTypes: eventTypes,
		UniqueName: true,
		IDFormat:   sdk.IDFormatKSUID,
		URL:        sdk.URLPolicy{Schemes: []string{"http", "https"}},
		Secret: sdk.SecretPolicy{
			Generate: true, Bytes: 63, Encoding: sdk.SecretEncodingBase64,
			// Base64 with any padding: the documentation's example has one = too many.
			Pattern: `([A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2,4}=*`,
		},
		Delivery: sdk.DeliveryPolicy{
			Success: []sdk.StatusRange{{From: 200, To: 205}},
			Timeout: 10 * time.Second,
			Schedule: []time.Duration{
				10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute,
				15 * time.Minute, 30 * time.Minute, time.Hour,
			},
			Budget: 24 * time.Hour,
			Jitter: 0.2,
		},
	}
}
