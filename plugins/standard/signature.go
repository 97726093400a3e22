package standard

import (
	"crypto/ed25519"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

// The prefixes of secrets say how they sign (Standard Webhooks, "Signature scheme").
const (
	secretPrefix  = "whsec_"
	privatePrefix = "whsk_"
)

// signatureFields is how many header fields a signature has.
const signatureFields = 3

// signedPrefix is room for what is signed before the body, without the id, and for
// the digest behind it.
const signedPrefix = 64

// appendSignature adds webhook-id, webhook-timestamp and webhook-signature: the
// signature of "<id>.<timestamp>.<body>" and, while a previous secret is valid, one
// with that too, separated by a space (Standard Webhooks, "Signature scheme" and
// "Webhook headers").
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

// sign makes the signatures of a delivery. What is signed is start and body.
func sign(d *sdk.Delivery, start, body []byte) (string, error) {
	current, err := signWith(d.Subscription.Secret, start, body, func() (hash.Hash, error) {
		return secretkey.HMACFromBase64(d, secretPrefix)
	})
	secret := d.Subscription.PreviousSecret
	if err != nil || secret == "" {
		return current, err
	}
	previous, err := signWith(secret, start, body, func() (hash.Hash, error) {
		return secretkey.NewHMACFromBase64(secret, secretPrefix)
	})
	return current + " " + previous, err
}

// signWith makes the signature of one secret, whose prefix says the scheme; mac is
// keyed with it.
func signWith(secret sdk.Secret, start, body []byte, mac func() (hash.Hash, error)) (string, error) {
	if strings.HasPrefix(secret.Reveal(), privatePrefix) {
		return signPrivate(secret, start, body)
	}
	m, err := mac()
	if err != nil {
		return "", sdk.Errorf(sdk.CodeInvalid, "The subscription's secret is not %s followed by Base64; set another one", secretPrefix)
	}
	m.Write(start)
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(start)[len(start):]), nil
}

// signPrivate signs with Ed25519 itself (RFC 8032), not with one of its variants that
// sign a hash.
func signPrivate(secret sdk.Secret, start, body []byte) (string, error) {
	key, err := secretkey.Ed25519(secret, privatePrefix)
	if err != nil {
		return "", sdk.Errorf(sdk.CodeInvalid, "The subscription's secret is not %s and a private key of Ed25519 in Base64; set another one", privatePrefix)
	}
	message := append(append(make([]byte, 0, len(start)+len(body)), start...), body...)
	return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(key, message)), nil
}
