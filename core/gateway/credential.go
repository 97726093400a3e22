package gateway

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// credential is what a header field says of the caller.
type credential int

const (
	credentialMissing credential = iota
	credentialMalformed
	credentialFound
)

// maxToken is the longest API key or JWT, in bytes.
const maxToken = 8192

// credential reads the token of a request. The word before it is read without
// regard to case, and any run of spaces after it is accepted.
// See RFC 9110, section 11.6.2, and RFC 6750, section 2.1.
func (r *requirement) credential(h http.Header) (sdk.Secret, credential) {
	values := h[r.header]
	switch {
	case len(values) == 0, len(values) == 1 && isBlank(values[0]):
		return "", credentialMissing
	case len(values) > 1:
		return "", credentialMalformed
	}
	token, ok := parseCredential(values[0], r.word, r.word == "" || r.bare)
	if !ok {
		return "", credentialMalformed
	}
	return sdk.Secret(token), credentialFound
}

// parseCredential splits "<word> <token>". A bare token is accepted if bare is
// set; the word alone never is one.
func parseCredential(value, word string, bare bool) (token string, ok bool) {
	fields := strings.FieldsFunc(value, func(c rune) bool { return c == ' ' || c == '\t' })
	switch {
	case len(fields) == 2 && word != "" && strings.EqualFold(fields[0], word):
		token = fields[1]
	case len(fields) == 1 && bare && (word == "" || !strings.EqualFold(fields[0], word)):
		token = fields[0]
	default:
		return "", false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] >= 0x7f {
			return "", false
		}
	}
	return token, len(token) <= maxToken
}

func isBlank(s string) bool { return strings.Trim(s, " \t") == "" }

// isToken tells whether s is a token of RFC 9110, section 5.6.2.
func isToken(s string) bool { return httpguts.ValidHeaderFieldName(s) }
