package whatsapp

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxWebhooks of a device (WEBHOOK_MAX_PER_DEVICE); a device is an account here.
const maxWebhooks = 5

// Manifest implements [sdk.Adapter].
//
// Documented: five webhooks, https alone, ten seconds for an answer, and three
// attempts with four and six seconds between. That any 2xx is success is read in
// the vendor's code, as is the form of a generated secret.
func (a *adapter) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Provider:   "whatsapp",
		Title:      "WhatsApp gateway",
		Version:    "1.0.0",
		OpenAPI:    a.openAPI,
		EventTypes: eventTypes,
		Limits:     []sdk.Limit{{Scope: sdk.LimitScopeAccount, Max: maxWebhooks}},
		IDFormat:   sdk.IDFormatInteger,
		URL:        sdk.URLPolicy{Schemes: []string{"https"}},
		Secret:     sdk.SecretPolicy{Bytes: 32, Encoding: sdk.SecretEncodingHex},
		Delivery: sdk.DeliveryPolicy{
			Timeout:     10 * time.Second,
			Schedule:    []time.Duration{4 * time.Second, 6 * time.Second},
			MaxAttempts: 3,
		},
	}
}
