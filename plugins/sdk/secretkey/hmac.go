package secretkey

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// HMAC returns HMAC-SHA256 (RFC 2104) keyed with the text of a subscription's secret
// as it stands. It is shared as [sdk.Delivery.SharedMAC] says.
func HMAC(d *sdk.Delivery) hash.Hash {
	mac, _ := d.SharedMAC(func() (hash.Hash, error) { // a key of any length is one
		return hmac.New(sha256.New, []byte(d.Subscription.Secret.Reveal())), nil
	})
	return mac
}

// HMACFromBase64 is [HMAC] keyed with the bytes that [FromBase64] reads. Errors:
// [ErrNotBase64].
func HMACFromBase64(d *sdk.Delivery, prefix string) (hash.Hash, error) {
	return d.SharedMAC(func() (hash.Hash, error) { return NewHMACFromBase64(d.Subscription.Secret, prefix) })
}

// NewHMACFromBase64 is [HMACFromBase64] of any secret, shared with nothing.
func NewHMACFromBase64(secret sdk.Secret, prefix string) (hash.Hash, error) {
	key, err := FromBase64(secret, prefix)
	if err != nil {
		return nil, err
	}
	return hmac.New(sha256.New, key), nil
}
