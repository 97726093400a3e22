package secretkey_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

// documented is the example of Vonage's "Create subscription" page: 84 characters
// of Base64 and one = too many.
const documented = "OFd4WHqXISxMAgoYneiFhgdGrOgYeToYPN3HjIO4xAxDvWd/oIKTW1P4A6GLXN0McDGlLtnTn1KCGCa+W5Gu="

func TestFromBase64(t *testing.T) {
	t.Parallel()
	for secret, bytes := range map[string]int{
		documented: 63, "whsec_AAAA": 3, "AAAA": 3, "AAA=": 2, "AAA": 2, "AA==": 1, "AA====": 1,
	} {
		key, err := secretkey.FromBase64(sdk.Secret(secret), "whsec_")
		require.NoError(t, err, secret)
		require.Len(t, key, bytes)
	}
	for _, secret := range []string{"", "=", "whsec_", "A", "AAAA AAAA", "AA\nAA", "_-_-", "AA=A", "other_AAAA"} {
		_, err := secretkey.FromBase64(sdk.Secret(secret), "whsec_")
		require.ErrorIs(t, err, secretkey.ErrNotBase64, "%q", secret)
	}
}

func FuzzFromBase64(f *testing.F) {
	f.Add(documented)
	f.Add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	f.Add("AA\nAA")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := secretkey.FromBase64(sdk.Secret(text), "whsec_")
		if err != nil {
			require.Equal(t, secretkey.ErrNotBase64, err, "the error does not repeat the secret")
			return
		}
		require.NotEmpty(t, key)
		again, err := secretkey.FromBase64(sdk.Secret(base64.StdEncoding.EncodeToString(key)), "whsec_")
		require.NoError(t, err)
		require.Equal(t, key, again)
	})
}
