package chatbot

import (
	"net/url"
	"strings"
)

// maxURL is the longest URL that the engine sends to, in bytes.
const maxURL = 16 << 10

// param is a query parameter.
type param struct{ name, value string }

// withQuery adds parameters to the query of a URL, which keeps what it has byte
// for byte. A parameter without a value is left out, and so is the fragment.
func withQuery(raw string, params ...param) string {
	base, _, _ := strings.Cut(raw, "#")
	var b strings.Builder
	b.WriteString(base)
	separator := "?"
	if i := strings.IndexByte(base, '?'); i >= 0 {
		separator = "&"
		if i == len(base)-1 {
			separator = ""
		}
	}
	for _, p := range params {
		if p.value == "" {
			continue
		}
		b.WriteString(separator + p.name + "=" + url.QueryEscape(p.value))
		separator = "&"
	}
	return b.String()
}
