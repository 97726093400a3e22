package vonage

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	signatureHeader = "Vonage-Signature"
	// signatureLife is how long a notification's signature is good (documented).
	signatureLife = 5 * time.Minute
)

var errBadSecret = errors.New("the secret must be Base64")

// decodeSecret returns the key that a secret stands for. The documentation's own
// example has one = too many, so any number at the end is accepted.
func decodeSecret(secret sdk.Secret) ([]byte, error) {
	text := strings.TrimRight(secret.Reveal(), "=")
	// The decoder would pass over line breaks.
	if text == "" || strings.ContainsAny(text, "\r\n") {
		return nil, errBadSecret
	}
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		// The decoder's error would quote the secret's characters.
		return nil, errBadSecret
	}
	return key, nil
}

func checkSecret(secret string) error {
	if _, err := decodeSecret(sdk.Secret(secret)); err != nil {
		return sdk.InvalidField("/secret", "must be Base64, such as 32 random bytes written in standard Base64")
	}
	return nil
}

// sign returns the JWT of a notification: HS256 with the decoded secret, good for
// five minutes from at. payload_hash is the plain SHA-256 of the body, as in the
// vendor's sample consumer; its prose says HMAC, which that consumer refuses.
func sign(secret sdk.Secret, at time.Time, body []byte) (string, error) {
	key, err := decodeSecret(secret)
	if err != nil {
		return "", sdk.Errorf(sdk.CodeInvalid, "The subscription's secret is not Base64; set another one")
	}
	hash := sha256.Sum256(body)
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iat":          at.Unix(),
		"exp":          at.Add(signatureLife).Unix(),
		"payload_hash": hex.EncodeToString(hash[:]),
	})
	signed, err := token.SignedString(key)
	if err != nil {
		return "", sdk.Errorf(sdk.CodeInternal, "The notification could not be signed")
	}
	return signed, nil
}
