package callbell

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const signatureHeader = "X-Callbell-Signature"

// sign returns t=<unix seconds>,v1=<hex> over "<t>.<body>". The whole secret is
// the key, its whsec_ prefix included, unlike in Standard Webhooks
// (docs.callbell.eu, Webhooks, Signatures).
func sign(secret sdk.Secret, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
