package standard

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// settingSignature of a subscription selects the signature scheme, by the
// specification's identifiers: v1, which is the default, or v1a.
const settingSignature = "signature"

// The forms of secrets are those of the Standard Webhooks specification ("Signature
// scheme", the row "Secret serialization"): whsec_ and a key of 24 to 64 bytes, or
// whsk_ and a private key of Ed25519, whose public key is whpk_, all in Base64.
//
// How a private key becomes bytes the specification leaves open: its Go library
// takes the seed of 32 (RFC 8032), the server of its authors 64 with the public key
// behind the seed. Both are taken here, and 64 are generated. Receivers see neither:
// a public key is 32 bytes with both.
var (
	symmetric = sdk.SecretPolicy{
		Generate: true, Prefix: secretPrefix, Bytes: 32, Encoding: sdk.SecretEncodingBase64,
		Pattern: secretPrefix + base64Of24To64, Overlap: true,
	}
	asymmetric = sdk.SecretPolicy{
		Generate: true, Prefix: privatePrefix, Bytes: 64, Encoding: sdk.SecretEncodingBase64,
		Pattern: privatePrefix + `([A-Za-z0-9+/]{43}=?|[A-Za-z0-9+/]{86}(==)?)`, Overlap: true,
		KeyPair: &sdk.KeyPair{PublicPrefix: "whpk_", PublicSetting: "public_key"},
	}
)

// base64Of24To64 is Base64 of so many bytes, with or without padding: groups of four
// characters and a rest of two to six, but not of five.
const base64Of24To64 = `([A-Za-z0-9+/]{4}){8,20}([A-Za-z0-9+/]{2}([A-Za-z0-9+/]([A-Za-z0-9+/]([A-Za-z0-9+/]{2})?)?)?)?={0,2}`

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
