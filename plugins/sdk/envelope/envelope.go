// Package envelope holds what the error answers of all vendors have in common:
// header fields, the sentence that names the field at fault, and how errors of
// the generated servers become [sdk.Error].
package envelope

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// SetHeaders sets the header fields that HTTP wants with the error: Allow (405),
// Retry-After (429 and 503) and WWW-Authenticate (401).
// See RFC 9110, sections 10.2.1, 10.2.3 and 11.6.1.
func SetHeaders(h http.Header, err *sdk.Error) {
	switch err.Code {
	case sdk.CodeMethodNotAllowed:
		h.Set("Allow", strings.Join(err.Allow, ", "))
	case sdk.CodeRateLimited, sdk.CodeUnavailable:
		seconds := max(1, int((err.RetryAfter+time.Second-1)/time.Second))
		h.Set("Retry-After", strconv.Itoa(seconds))
	case sdk.CodeUnauthenticated:
		h.Set("WWW-Authenticate", "Bearer")
	default:
	}
}

// Write answers with v as JSON.
func Write(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := jsondata.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// The client is gone if this fails; there is nobody left to tell.
	_, _ = w.Write(body)
}

// Sentence says what is wrong: the fields at fault, each named as the vendor
// does, or the error's message. names maps the engine's field names
// (event_types) to the vendor's (events).
func Sentence(err *sdk.Error, names map[string]string) string {
	if len(err.Fields) == 0 {
		return err.Message
	}
	parts := make([]string, len(err.Fields))
	for i, f := range err.Fields {
		if name := fieldName(f, names); name != "" {
			parts[i] = name + ": " + f.Message
		} else {
			parts[i] = f.Message
		}
	}
	return strings.Join(parts, "; ")
}

// fieldName writes the JSON pointer /events/0/url as events[0].url (RFC 6901).
func fieldName(f sdk.FieldError, names map[string]string) string {
	if !strings.HasPrefix(f.Field, "/") {
		return f.Field
	}
	var b strings.Builder
	for i, token := range strings.Split(f.Field[1:], "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if name, ok := names[token]; ok && i == 0 {
			token = name
		}
		switch {
		case i == 0:
			b.WriteString(token)
		case isIndex(token):
			b.WriteString("[" + token + "]")
		default:
			b.WriteString("." + token)
		}
	}
	return b.String()
}

func isIndex(token string) bool {
	_, err := strconv.ParseUint(token, 10, 32)
	return err == nil
}

// BadBody returns why a generated server could not read a request's body. An
// [*sdk.Error] stays what it is.
func BadBody(err error) *sdk.Error {
	var e *sdk.Error
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &mismatch) && mismatch.Field != "":
		return sdk.InvalidField("/"+strings.ReplaceAll(mismatch.Field, ".", "/"), "must not be a %s", mismatch.Value)
	default:
		return &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: "The body is not the JSON object that this call takes"}
	}
}
