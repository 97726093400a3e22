package main

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// signatureHeaders are where a receiver of each provider finds the signature.
var signatureHeaders = map[string]string{
	"callbell": "X-Callbell-Signature",
	"bird":     "Messagebird-Signature",
	"whatsapp": "X-Hub-Signature-256",
	"vonage":   "Vonage-Signature",
	"standard": "Webhook-Signature",
}

// tampering is a change that a receiver must notice, and the words in which it
// says so.
type tampering struct {
	name   string
	change func(*capture)
	says   string
}

// tamperings are a provider's. ChatBot.com signs nothing: its receiver knows the
// caller, and cannot know of a changed body. The WhatsApp gateway's signature has
// no time, so its receiver cannot tell a stale delivery.
func tamperings(provider string) []tampering {
	if provider == "chatbot" {
		return []tampering{
			{"WrongToken", wrongSecret, "does not match"},
			{"NoToken", func(c *capture) { c.URL = strings.Replace(c.URL, "token=", "other=", 1) }, "does not match"},
			{"OtherCredentials", changed("Authorization", flipped), "does not match"},
			{"NoCredentials", changed("Authorization", nil), "is there 0 times"},
		}
	}
	body, signature, absent := "does not match", "does not match", "is there 0 times"
	switch provider {
	case "vonage":
		body, signature = "payload_hash does not match", "invalid signature"
	case "standard":
		body, signature, absent = "No matching signature found", "No matching signature found", "Missing required headers"
	}
	return append([]tampering{
		{"BodyByte", flipBody, body},
		{"BodyLonger", func(c *capture) { c.Body = append(c.Body, '\n') }, body},
		{"Signature", changed(signatureHeaders[provider], flipped), signature},
		{"NoSignature", changed(signatureHeaders[provider], nil), absent},
		{"WrongSecret", wrongSecret, signature},
	}, special[provider]...)
}

// special are the tamperings with what one provider alone signs or bounds.
var special = map[string][]tampering{
	"callbell": {
		{"StaleTimestamp", changed("X-Callbell-Signature", func(v string) string {
			t, rest, _ := strings.Cut(strings.TrimPrefix(v, "t="), ",")
			return "t=" + earlier(t) + "," + rest
		}), "does not match"},
		{"ReceivedLate", verifiedAfter(6 * time.Minute), "300 seconds from now"},
		{"ReceivedEarly", verifiedAfter(-6 * time.Minute), "300 seconds from now"},
	},
	"bird": {
		{"URL", func(c *capture) { c.URL += "x" }, "does not match"},
		{"StaleTimestamp", changed("Messagebird-Request-Timestamp", earlier), "does not match"},
		{"ReceivedLate", verifiedAfter(9 * time.Hour), "seconds old"},
		{"ReceivedEarly", verifiedAfter(-6 * time.Minute), "seconds old"},
	},
	"whatsapp": {
		{"OtherHeader", changed("X-Webhook-Signature", flipped), "X-Webhook-Signature does not match"},
		{"NoOtherHeader", changed("X-Webhook-Signature", nil), "is there 0 times"},
	},
	"vonage": {
		{"Claims", changed("Vonage-Signature", func(v string) string {
			parts := strings.Split(v, ".")
			claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
			parts[1] = base64.RawURLEncoding.EncodeToString(bytes.Replace(claims, []byte(`"exp":1`), []byte(`"exp":9`), 1))
			return strings.Join(parts, ".")
		}), "invalid signature"},
		{"Unsigned", changed("Vonage-Signature", func(v string) string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(v, ".")[1] + "."
		}), "signature is required"},
		{"ReceivedLate", verifiedAfter(6 * time.Minute), "jwt expired"},
		{"ContentType", changed("Content-Type", func(string) string { return "application/json" }), "Content-Type is"},
	},
	"standard": {
		{"ID", changed("Webhook-Id", flipped), "No matching signature found"},
		{"Timestamp", changed("Webhook-Timestamp", func(v string) string { return strconv.FormatInt(seconds(v)-1, 10) }), "No matching signature found"},
		{"StaleTimestamp", changed("Webhook-Timestamp", earlier), "Message timestamp too old"},
		{"ReceivedLate", verifiedAfter(6 * time.Minute), "Message timestamp too old"},
		{"ReceivedEarly", verifiedAfter(-6 * time.Minute), "Message timestamp too new"},
		{"ContentType", changed("Content-Type", func(string) string { return "application/json" }), "Content-Type is"},
	},
}

// requireTamperedRefused has each tampering with each capture refused, for what
// was changed.
func requireTamperedRefused(t *testing.T, captures []capture) {
	t.Helper()
	var copies []capture
	var made []tampering
	for _, c := range captures {
		for _, change := range tamperings(c.Provider) {
			bad := c
			bad.Headers, bad.Body = slices.Clone(c.Headers), bytes.Clone(c.Body)
			change.change(&bad)
			require.NotEqual(t, c, bad, "%s: %s changed nothing", c.Provider, change.name)
			copies, made = append(copies, bad), append(made, change)
		}
	}
	for i, v := range runVerifiers(t, copies) {
		what := copies[i].Provider + ": " + made[i].name
		require.False(t, v.OK, what)
		require.Contains(t, v.Error, made[i].says, what)
	}
}

func flipBody(c *capture) { c.Body[len(c.Body)/2] ^= 1 }

// wrongSecret has the form of the right one.
func wrongSecret(c *capture) {
	prefix := ""
	if strings.HasPrefix(c.Secret, "whsec_") {
		prefix = "whsec_"
	}
	c.Secret = prefix + base64.StdEncoding.EncodeToString([]byte("another secret of enough bytes!!"))
}

// verifiedAfter has a capture verified some time after it was made.
func verifiedAfter(d time.Duration) func(*capture) {
	return func(c *capture) {
		at := time.Now()
		if c.Now != 0 {
			at = time.Unix(c.Now, 0)
		}
		c.Now = at.Add(d).Unix()
	}
}

// changed changes the value of a header, or takes the header away.
func changed(name string, change func(string) string) func(*capture) {
	return func(c *capture) {
		i := slices.IndexFunc(c.Headers, func(pair [2]string) bool { return strings.EqualFold(pair[0], name) })
		switch {
		case i < 0: // requireTamperedRefused notices
		case change == nil:
			c.Headers = slices.Delete(c.Headers, i, i+1)
		default:
			c.Headers[i][1] = change(c.Headers[i][1])
		}
	}
}

// flipped changes one character near the end, to another that fits hex and Base64.
func flipped(value string) string {
	b := []byte(value)
	i := max(0, len(b)-8)
	if b[i] == 'a' {
		b[i] = 'b'
	} else {
		b[i] = 'a'
	}
	return string(b)
}

func seconds(value string) int64 {
	n, _ := strconv.ParseInt(value, 10, 64)
	return n
}

func earlier(value string) string { return strconv.FormatInt(seconds(value)-3600, 10) }
