package standard

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// settingSignature of a subscription selects the signature scheme, by the
// specification's identifiers: v1, which is the default, or v1a.
const settingSignature = "signature"

// The forms of secrets are those of the Standard Webhooks specification: whsec_ and
// a key of 24 to 64 bytes, or whsk_ and a private key of Ed25519, whose public key
// is whpk_.
var (
	symmetric = sdk.SecretPolicy{
		Generate: true, Prefix: secretPrefix, Bytes: 32, Encoding: sdk.SecretEncodingBase64,
		Pattern: secretPrefix + `[A-Za-z0-9+/]{32,86}={0,2}`, Overlap: true,
	}
	asymmetric = sdk.SecretPolicy{
		Generate: true, Prefix: privatePrefix, Bytes: 64, Encoding: sdk.SecretEncodingBase64,
		Pattern: privatePrefix + `([A-Za-z0-9+/]{43}=?|[A-Za-z0-9+/]{86}(==)?)`, Overlap: true,
		KeyPair: &sdk.KeyPair{PublicPrefix: "whpk_", PublicSetting: "public_key"},
	}
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
		Secret:        symmetric,
		SecretVariants: []sdk.SecretVariant{
			{Setting: settingSignature, Value: "v1", Secret: symmetric},
			{Setting: settingSignature, Value: "v1a", Secret: asymmetric},
		},
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
