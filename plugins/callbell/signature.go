package callbell

import (
	"encoding/hex"
	"strconv"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

const signatureHeader = "X-Callbell-Signature"

// sign returns t=<unix seconds>,v1=<hex> over "<t>.<body>". The whole secret is
// the key, its whsec_ prefix included, unlike in Standard Webhooks
// (docs.callbell.eu, Webhooks, Signatures).
func sign(d *sdk.Delivery, body []byte) string {
	t := strconv.FormatInt(d.Time.Unix(), 10)
	mac := secretkey.HMAC(d)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
