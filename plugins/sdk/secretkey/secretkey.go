// Package secretkey turns subscribers' secrets into signing keys, and makes new ones.
package secretkey

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// ErrNotBase64 is the one error of FromBase64. It does not repeat the secret,
// as the decoder's own errors would.
var ErrNotBase64 = errors.New("the secret must be Base64")

// FromBase64 returns the bytes that a secret writes in standard Base64 after a
// prefix. The prefix and the padding may be absent, and surplus = is passed over:
// a vendor's own example has one too many.
func FromBase64(secret sdk.Secret, prefix string) ([]byte, error) {
	text := strings.TrimRight(strings.TrimPrefix(secret.Reveal(), prefix), "=")
	// The decoder would pass over line breaks.
	if text == "" || strings.ContainsAny(text, "\r\n") {
		return nil, ErrNotBase64
	}
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrNotBase64
	}
	return key, nil
}
