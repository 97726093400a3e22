package demo

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk/documented"
)

// The demo says that it sends the requests of the vendors' documentation: they are
// those of the golden files.
func TestRequestsAreTheDocumentedOnes(t *testing.T) {
	t.Parallel()
	names := map[string]string{
		"callbell": "subscribe", "vonage": "create", "chatbot": "create", "bird": "create_channel", "whatsapp": "create",
	}
	require.Len(t, vendors(), len(names))
	for _, v := range vendors() {
		set, err := documented.Load(filepath.Join("../../../../plugins", v.provider, "testdata/documented"))
		require.NoError(t, err)
		printed := set.Find(names[v.provider]).Requests[0].Request.Replace(map[string]string{"${WEBHOOK-URL}": "https://example.com"})
		require.Equal(t, printed.Method, v.method, v.title)
		require.Equal(t, strings.TrimPrefix(printed.URL, set.Origin), strings.TrimPrefix(v.path, "/"+v.provider), v.title)
		require.Equal(t, strings.TrimSpace(printed.Body), v.body, v.title)
		for _, h := range v.header {
			require.True(t, hasHeader(printed, h[0], h[1]), "%s: %s", v.title, h[0])
		}
		for _, h := range printed.Headers {
			if strings.EqualFold(h.Name, "Authorization") {
				word, _, several := strings.Cut(h.Value, " ")
				require.Equal(t, several, v.authWord != "", v.title)
				require.True(t, !several || word == v.authWord, v.title)
			}
		}
	}
}

func hasHeader(r documented.Request, name, value string) bool {
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, name) && h.Value == value {
			return true
		}
	}
	return false
}
