package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// delivery is a request as the receiver got it.
type delivery struct {
	Host   string
	Method string
	Path   string
	Header http.Header
	Body   []byte
	At     time.Time
}

// tolerance is how old a signed delivery may be, by Callbell's documentation.
const tolerance = 300 * time.Second

// verifyCallbell follows docs.callbell.eu, Webhooks, Signatures: HMAC-SHA256 of
// "<t>.<raw body>" under the whole secret, in lower-case hex.
func verifyCallbell(secret string, d delivery) (string, error) {
	var t, v1 string
	for _, part := range strings.Split(d.Header.Get("X-Callbell-Signature"), ",") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "t":
			t = value
		case "v1":
			v1 = value
		}
	}
	if t == "" || v1 == "" {
		return "", errors.New("no X-Callbell-Signature with t and v1")
	}
	var seconds int64
	if _, err := fmt.Sscan(t, &seconds); err != nil {
		return "", errors.New("t is not a number of seconds")
	}
	if age := d.At.Sub(time.Unix(seconds, 0)); age.Abs() > tolerance {
		return "", fmt.Errorf("signed %s ago", age)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "." + string(d.Body)))
	if !hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(v1)) {
		return "", errors.New("v1 does not match the body")
	}
	return "X-Callbell-Signature: v1 = HMAC-SHA256(secret, t + \".\" + body), t within 300 s", nil
}

// verifyVonage follows the vendor's sample consumer: a JWT in Vonage-Signature,
// HS256 under the Base64-decoded secret, whose payload_hash is the SHA-256 of the
// raw body in hex.
func verifyVonage(secret string, d delivery) (string, error) {
	if got := d.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/cloudevents+json") {
		return "", fmt.Errorf("content type is %q", got)
	}
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(secret, "="))
	if err != nil {
		return "", errors.New("the secret is not Base64")
	}
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(d.Header.Get("Vonage-Signature"), claims,
		func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return d.At }))
	if err != nil {
		return "", fmt.Errorf("Vonage-Signature: %w", err)
	}
	hash := sha256.Sum256(d.Body)
	if claimed, _ := claims["payload_hash"].(string); !strings.EqualFold(claimed, hex.EncodeToString(hash[:])) {
		return "", errors.New("payload_hash does not match the body")
	}
	return "Vonage-Signature: JWT HS256 under the decoded secret, payload_hash = SHA-256(body), not expired", nil
}

// verifyChatbot: the vendor signs nothing. What tells a customer that a call is
// theirs is the token in the query, where they chose one, and the webhook's id.
func verifyChatbot(id string, d delivery) (string, error) {
	var body struct {
		Node struct{ WebhookID string }
	}
	if err := json.Unmarshal(d.Body, &body); err != nil || body.Node.WebhookID != id {
		return "", fmt.Errorf("node.webhookId is %q, not %q", body.Node.WebhookID, id)
	}
	return "the vendor signs nothing; node.webhookId is the id that the API gave", nil
}

// verifyBird follows docs.bird.com, Verifying a webhook subscription: HMAC-SHA256
// under the key's text of timestamp, URL and SHA-256(body), joined by line breaks.
func verifyBird(secret string, d delivery) (string, error) {
	hash := sha256.Sum256(d.Body)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(d.Header.Get("messagebird-request-timestamp") + "\nhttps://" + d.Host + d.Path + "\n"))
	mac.Write(hash[:])
	if got := d.Header.Get("messagebird-signature"); got != base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		return "", errors.New("messagebird-signature does not match")
	}
	return "messagebird-signature = HMAC-SHA256(signingKey, timestamp, URL, SHA-256(body))", nil
}

// verifyWhatsapp follows the gateway's documentation: HMAC-SHA256 of the raw body
// in X-Webhook-Signature and, as GitHub has it, in X-Hub-Signature-256.
func verifyWhatsapp(secret string, d delivery) (string, error) {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(d.Body)
	want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	for _, name := range []string{"X-Webhook-Signature", "X-Hub-Signature-256"} {
		if d.Header.Get(name) != want {
			return "", fmt.Errorf("%s does not match the body", name)
		}
	}
	return "X-Webhook-Signature and X-Hub-Signature-256 = HMAC-SHA256(secret, body)", nil
}

// idField reads {"id":…}.
func idField(answer []byte) (string, error) {
	var a struct{ ID string }
	if err := json.Unmarshal(answer, &a); err != nil || a.ID == "" {
		return "", errors.New("the answer has no id")
	}
	return a.ID, nil
}

// signingKeyField reads {"signingKey":…}.
func signingKeyField(answer []byte) (string, error) {
	var a struct{ SigningKey string }
	if err := json.Unmarshal(answer, &a); err != nil || a.SigningKey == "" {
		return "", errors.New("the answer has no signingKey")
	}
	return a.SigningKey, nil
}

// secretField reads {"secret":…}.
func secretField(answer []byte) (string, error) {
	var a struct{ Secret string }
	if err := json.Unmarshal(answer, &a); err != nil || a.Secret == "" {
		return "", errors.New("the answer has no secret")
	}
	return a.Secret, nil
}
