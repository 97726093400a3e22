package sdktest

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Body reads the answer's body.
func Body(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return string(b)
}
