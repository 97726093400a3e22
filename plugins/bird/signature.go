package bird

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

const (
	signatureHeader = "messagebird-signature"
	timestampHeader = "messagebird-request-timestamp"
	requestIDHeader = "messagebird-request-id"
)

// sign returns the Base64 HMAC-SHA256 of the timestamp, the URL as the subscriber
// wrote it and the SHA-256 of the body, the last as raw bytes, joined by line
// breaks. The key is the text of the signing key, not decoded, though it looks
// like Base64 (docs.bird.com, Verifying a webhook subscription).
func sign(d *sdk.Delivery, timestamp string, body []byte) string {
	hash := sha256.Sum256(body)
	mac := secretkey.HMAC(d)
	mac.Write([]byte(timestamp + "\n" + d.Subscription.URL + "\n"))
	mac.Write(hash[:])
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
