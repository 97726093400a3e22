package standard

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

const (
	secretPrefix  = "whsec_"
	privatePrefix = "whsk_"
)

// signatureFields is how many header fields a signature has.
const signatureFields = 3

// signedPrefix is room for what is signed before the body, without the id; the
// digest fits too.
const signedPrefix = 32

// appendSignature adds webhook-id, webhook-timestamp and webhook-signature: the
// signature of "<id>.<timestamp>.<body>" and, while a previous secret is valid, one
// with that too, separated by a space.
func appendSignature(headers []sdk.Header, d *sdk.Delivery, body []byte) ([]sdk.Header, error) {
	id, timestamp := headerID(d.Event.ID), strconv.FormatInt(d.Time.Unix(), 10)
	start := make([]byte, 0, signedPrefix+len(id))
	start = append(append(append(append(start, id...), '.'), timestamp...), '.')
	signature, err := sign(d, start, body)
	if err != nil {
		return nil, err
	}
	return append(headers,
		sdk.Header{Name: "webhook-id", Value: id},
		sdk.Header{Name: "webhook-timestamp", Value: timestamp},
		sdk.Header{Name: "webhook-signature", Value: signature},
	), nil
}

// sign makes the signatures of a delivery. What is signed is start and body; start
// is written over.
func sign(d *sdk.Delivery, start, body []byte) (string, error) {
	var previous string
	if secret := d.Subscription.PreviousSecret; secret != "" {
		signature, err := signWith(secret, start, body)
		if err != nil {
			return "", err
		}
		previous = " " + signature
	}
	if isPrivate(d.Subscription.Secret) {
		signature, err := signWith(d.Subscription.Secret, start, body)
		return signature + previous, err
	}
	mac, err := d.SharedMAC(func() (hash.Hash, error) { return newMAC(d.Subscription.Secret) })
	if err != nil {
		return "", err
	}
	mac.Write(start)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(start[:0])) + previous, nil
}

// signWith makes the signature of one secret, whose prefix says the scheme.
func signWith(secret sdk.Secret, start, body []byte) (string, error) {
	if isPrivate(secret) {
		key, err := secretkey.Ed25519(secret, privatePrefix)
		if err != nil {
			return "", sdk.Errorf(sdk.CodeInvalid, "The subscription's secret is not %s and a private key of Ed25519 in Base64; set another one", privatePrefix)
		}
		message := append(append(make([]byte, 0, len(start)+len(body)), start...), body...)
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(key, message)), nil
	}
	mac, err := newMAC(secret)
	if err != nil {
		return "", err
	}
	mac.Write(start)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

func isPrivate(secret sdk.Secret) bool { return strings.HasPrefix(secret.Reveal(), privatePrefix) }

// newMAC is keyed with a subscription's secret.
func newMAC(secret sdk.Secret) (hash.Hash, error) {
	key, err := secretkey.FromBase64(secret, secretPrefix)
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeInvalid, "The subscription's secret is not %s followed by Base64; set another one", secretPrefix)
	}
	return hmac.New(sha256.New, key), nil
}
