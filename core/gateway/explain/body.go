package explain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// JSON checks that a body is one JSON value in UTF-8 and nothing after it, which
// kin-openapi does not: it reads the first value and leaves the rest. The error
// is [sdk.CodeInvalid] with [sdk.ReasonMalformedBody] and says where the body
// breaks off, counted in bytes from 1.
func JSON(body []byte) *sdk.Error {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return malformed("The body is empty; it must be JSON")
	case !utf8.Valid(body):
		return malformed("The body is not valid JSON: it is not UTF-8")
	case json.Valid(body):
		return nil
	}
	var v json.RawMessage
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(body, &v), &syntax) {
		return malformed(fmt.Sprintf("The body is not valid JSON: %s at byte %d", syntax.Error(), syntax.Offset))
	}
	return malformed("The body is not valid JSON")
}

func malformed(message string) *sdk.Error {
	return &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: message}
}
