package unified

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestBodyIsReadWithinItsBound(t *testing.T) {
	t.Parallel()
	broken := iotest.ErrReader(errors.New("the connection broke"))
	tests := map[string]struct {
		body   io.Reader
		length int64 // -1 is not known
		want   string
		code   sdk.Code
	}{
		"none":                     {http.NoBody, 0, "", 0},
		"of a length":              {strings.NewReader("12345678"), 8, "12345678", 0},
		"in pieces":                {iotest.OneByteReader(strings.NewReader("1234")), 4, "1234", 0},
		"of no length":             {strings.NewReader("12345678"), -1, "12345678", 0},
		"too long":                 {strings.NewReader("123456789"), 9, "", sdk.CodeTooLarge},
		"too long, without saying": {strings.NewReader("123456789"), -1, "", sdk.CodeTooLarge},
		"shorter than it said":     {strings.NewReader("123"), 4, "", sdk.CodeInvalid},
		"broken off":               {broken, 4, "", sdk.CodeInvalid},
		"broken off, no length":    {broken, -1, "", sdk.CodeInvalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &edge{cfg: Config{MaxBodyBytes: 8}}
			r := httptest.NewRequest(http.MethodPost, "/v1/events", test.body)
			r.ContentLength = test.length
			body, err := e.body(httptest.NewRecorder(), r, new(bytes.Buffer))
			if test.code == 0 {
				require.NoError(t, err)
			} else {
				require.True(t, sdk.IsCode(err, test.code), "%v", err)
			}
			require.Equal(t, test.want, string(body))
		})
	}
}
