package vonage_test

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/vonage"
)

// A secret that the manifest takes, through whichever API, is one that Render signs
// with; the documentation's example among them.
func TestSecretsThatAreTaken(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile("^(?:" + vonage.New().Manifest().Secret.Pattern + ")$")
	secrets := []string{documentedSecret, "not base64!", "AA-_", "=", "AAAA\n", ""}
	for n := range 100 {
		secrets = append(secrets, strings.Repeat("A", n), base64.StdEncoding.EncodeToString(make([]byte, n)))
	}
	taken := 0
	for _, secret := range secrets {
		d := delivery("channel.held.v1", "call.held", []byte(`{"id":"x"}`))
		d.Subscription.Secret = sdk.Secret(secret)
		_, err := vonage.New().Render(t.Context(), d)
		require.Equal(t, err == nil, pattern.MatchString(secret), "%q", secret)
		if err == nil {
			taken++
		}
	}
	require.Equal(t, 1+74+99, taken, "the example, lengths that are not 1 more than a multiple of 4, and what an encoder writes")
}
