package vonage

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

const (
	signatureHeader = "Vonage-Signature"
	// signatureLife is how long a notification's signature is good (documented).
	signatureLife = 5 * time.Minute
)

func checkSecret(secret string) error {
	if _, err := secretkey.FromBase64(sdk.Secret(secret), ""); err != nil {
		return sdk.InvalidField("/secret", "must be Base64, such as 32 random bytes written in standard Base64")
	}
	return nil
}

// sign returns the JWT of a notification: HS256 with the decoded secret, good for
// five minutes from the attempt. payload_hash is the plain SHA-256 of the body, as
// in the vendor's sample consumer; its prose says HMAC, which that consumer refuses.
func sign(d *sdk.Delivery, body []byte) (string, error) {
	mac, err := secretkey.HMACFromBase64(d, "")
	if err != nil {
		return "", sdk.Errorf(sdk.CodeInvalid, "The subscription's secret is not Base64; set another one")
	}
	hash := sha256.Sum256(body)
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iat":          d.Time.Unix(),
		"exp":          d.Time.Add(signatureLife).Unix(),
		"payload_hash": hex.EncodeToString(hash[:]),
	}).SigningString()
	if err != nil {
		return "", sdk.Errorf(sdk.CodeInternal, "The notification could not be signed")
	}
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}
