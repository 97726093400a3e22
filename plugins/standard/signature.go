package standard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

const secretPrefix = "whsec_"

// signatureHeaders are webhook-id, webhook-timestamp and webhook-signature: v1 and
// the Base64 HMAC-SHA256 of "<id>.<timestamp>.<body>".
func signatureHeaders(d *sdk.Delivery, body []byte) ([]sdk.Header, error) {
	key, err := secretkey.FromBase64(d.Subscription.Secret, secretPrefix)
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeInvalid, "The subscription's secret is not %s followed by Base64; set another one", secretPrefix)
	}
	id, timestamp := headerID(d.Event.ID), strconv.FormatInt(d.Time.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return []sdk.Header{
		{Name: "webhook-id", Value: id},
		{Name: "webhook-timestamp", Value: timestamp},
		{Name: "webhook-signature", Value: "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}, nil
}

// headerID is an event's id as a header can carry it: bytes outside of visible
// ASCII, and the percent sign itself, are percent-encoded. Ids of that kind are
// rare; the body always has the id as it is.
func headerID(id string) string {
	var b strings.Builder
	for i := range len(id) {
		if c := id[i]; c > ' ' && c < 0x7f && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
