package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Both header fields carry the same signature (documented).
const (
	signatureHeader    = "X-Webhook-Signature"
	hubSignatureHeader = "X-Hub-Signature-256"
)

// sign returns sha256=<hex> of the body, keyed with the secret's text as it
// stands, also where that text is hexadecimal
// (docs/WEBHOOK_EVENTS.md, Signature Verification).
func sign(secret sdk.Secret, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
