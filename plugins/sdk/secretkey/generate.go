package secretkey

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Generate makes a secret by a policy, which must have Bytes: random ones or,
// with a KeyPair, a private key of Ed25519 and the public one behind it.
func Generate(p sdk.SecretPolicy) (sdk.Secret, error) {
	key := make([]byte, p.Bytes)
	if p.KeyPair != nil {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return "", fmt.Errorf("generate a key pair: %w", err)
		}
		key = private
	} else if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("generate a secret: %w", err)
	}
	if p.Encoding == sdk.SecretEncodingHex {
		return sdk.Secret(p.Prefix + hex.EncodeToString(key)), nil
	}
	return sdk.Secret(p.Prefix + base64.StdEncoding.EncodeToString(key)), nil
}
