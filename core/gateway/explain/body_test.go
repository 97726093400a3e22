package explain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, " [1]\n", `null`, `"é"`} {
		require.Nil(t, explain.JSON([]byte(body)), body)
	}
	for body, message := range map[string]string{
		`{"url":"s3cret`:       "The body is not valid JSON: unexpected end of JSON input at byte 14",
		`{"url":"https://a"}}`: "The body is not valid JSON: invalid character '}' after top-level value at byte 20",
		`{"a":1} {"b":2}`:      "The body is not valid JSON: invalid character '{' after top-level value at byte 9",
		`url=https://a`:        "The body is not valid JSON: invalid character 'u' looking for beginning of value at byte 1",
		"{\"url\":\"\xff\"}":   "The body is not valid JSON: it is not UTF-8",
		" \n":                  "The body is empty; it must be JSON",
		"":                     "The body is empty; it must be JSON",
	} {
		want := &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: message}
		require.Equal(t, want, explain.JSON([]byte(body)), body)
	}
}
