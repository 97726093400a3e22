package standard_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/standard"
)

func encoded(bytes int) string { return base64.StdEncoding.EncodeToString(make([]byte, bytes)) }

// Whatever secret the manifest takes, Render signs with; the specification wants
// 24 to 64 bytes (Signature scheme), and a private key to be one.
func TestSecretsThatAreTaken(t *testing.T) {
	t.Parallel()
	m := standard.New().Manifest()
	for scheme, test := range map[string]struct {
		prefix string
		taken  func(bytes int) bool
	}{
		"v1":  {"whsec_", func(n int) bool { return n >= 24 && n <= 64 }},
		"v1a": {"whsk_", func(n int) bool { return n == ed25519.SeedSize || n == ed25519.PrivateKeySize }},
	} {
		policy, err := m.SecretFor(map[string]string{"signature": scheme})
		require.NoError(t, err)
		pattern := regexp.MustCompile("^(?:" + policy.Pattern + ")$")
		for n := range 100 {
			text := test.prefix + encoded(n)
			require.Equal(t, test.taken(n), pattern.MatchString(text), "%s %d", scheme, n)
			require.Equal(t, test.taken(n), pattern.MatchString(strings.TrimRight(text, "=")), "%s %d without padding", scheme, n)
			require.False(t, pattern.MatchString(strings.TrimPrefix(text, test.prefix)), "%s %d without prefix", scheme, n)
		}
		for characters := range 120 {
			text := test.prefix + strings.Repeat("A", characters)
			_, err := base64.RawStdEncoding.DecodeString(text[len(test.prefix):])
			require.False(t, err != nil && pattern.MatchString(text), "%s: %d characters are no Base64", scheme, characters)
		}
		for _, bad := range []string{"-", "_", " ", "\n", "="} {
			require.False(t, pattern.MatchString(test.prefix+bad+encoded(32)[1:]), "%s %q", scheme, bad)
		}
	}
}

// vector is that of the specification's Go library (webhook_asymmetric_test.go); its
// key is the seed. OpenSSL makes the same signature.
var vector = struct{ seed, id, timestamp, body, signature string }{
	"VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`,
	"tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
}

// TestPrivateKeyVector: the seed, and the seed with the public key behind it, are the
// key of the vector, and deliveries are signed with that.
func TestPrivateKeyVector(t *testing.T) {
	t.Parallel()
	seed, err := base64.StdEncoding.DecodeString(vector.seed)
	require.NoError(t, err)
	key := ed25519.NewKeyFromSeed(seed)
	message := []byte(vector.id + "." + vector.timestamp + "." + vector.body)
	require.Equal(t, vector.signature, base64.StdEncoding.EncodeToString(ed25519.Sign(key, message)))

	for _, secret := range []string{vector.seed, strings.TrimRight(vector.seed, "="), base64.StdEncoding.EncodeToString(key)} {
		d := delivery(order(`{"a":1}`))
		d.Subscription.Secret = sdk.Secret("whsk_" + secret)
		req, err := standard.New().Render(t.Context(), d)
		require.NoError(t, err)
		h := headers(req)
		message := h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "." + string(req.Body)
		require.Equal(t, "v1a,"+base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(message))), h.Get("webhook-signature"))
	}
}
