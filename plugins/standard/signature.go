package standard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

const secretPrefix = "whsec_"

// signatureFields is how many header fields a signature has.
const signatureFields = 3

// signedPrefix is room for what is signed before the body, without the id; the
// digest fits too.
const signedPrefix = 32

// appendSignature adds webhook-id, webhook-timestamp and webhook-signature: v1 and
// the Base64 HMAC-SHA256 of "<id>.<timestamp>.<body>".
func appendSignature(headers []sdk.Header, d *sdk.Delivery, body []byte) ([]sdk.Header, error) {
	mac, err := d.SharedMAC(func() (hash.Hash, error) { return newMAC(d.Subscription.Secret) })
	if err != nil {
		return nil, err
	}
	id, timestamp := headerID(d.Event.ID), strconv.FormatInt(d.Time.Unix(), 10)
	text := make([]byte, 0, signedPrefix+len(id))
	text = append(append(append(append(text, id...), '.'), timestamp...), '.')
	mac.Write(text)
	mac.Write(body)
	sum := mac.Sum(text[:0])
	return append(headers,
		sdk.Header{Name: "webhook-id", Value: id},
		sdk.Header{Name: "webhook-timestamp", Value: timestamp},
		sdk.Header{Name: "webhook-signature", Value: "v1," + base64.StdEncoding.EncodeToString(sum)},
	), nil
}

// newMAC is keyed with a subscription's secret.
func newMAC(secret sdk.Secret) (hash.Hash, error) {
	key, err := secretkey.FromBase64(secret, secretPrefix)
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeInvalid, "The subscription's secret is not %s followed by Base64; set another one", secretPrefix)
	}
	return hmac.New(sha256.New, key), nil
}

// headerID is an event's id as a header can carry it: bytes outside of visible
// ASCII, and the percent sign itself, are percent-encoded. Ids of that kind are
// rare; the body always has the id as it is.
func headerID(id string) string {
	first := 0
	for first < len(id) && plain(id[first]) {
		first++
	}
	if first == len(id) {
		return id
	}
	var b strings.Builder
	b.WriteString(id[:first])
	for i := first; i < len(id); i++ {
		if c := id[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// plain bytes of an id stand for themselves in a header.
func plain(c byte) bool { return c > ' ' && c < 0x7f && c != '%' }
