package whatsapp

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

// Both header fields carry the same signature (documented).
const (
	signatureHeader    = "X-Webhook-Signature"
	hubSignatureHeader = "X-Hub-Signature-256"
)

const signatureStart = "sha256="

// sign returns sha256=<hex> of the body, keyed with the secret's text as it
// stands, also where that text is hexadecimal
// (docs/WEBHOOK_EVENTS.md, Signature Verification).
func sign(d *sdk.Delivery, body []byte) string {
	mac := secretkey.HMAC(d)
	mac.Write(body)
	out := make([]byte, 0, len(signatureStart)+hex.EncodedLen(sha256.Size))
	return string(hex.AppendEncode(append(out, signatureStart...), mac.Sum(nil)))
}
