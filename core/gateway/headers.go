package gateway

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// hopByHop fields belong to a connection, not to a message (RFC 9110, section
// 7.6.1), with the older ones that net/http/httputil strips too.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// withheld fields are the gateway's own business.
var withheld = []string{"Authorization", "Cookie", headerAccount, headerRequestID, "Content-Length"}

// forwarded lists the header fields that the adapter gets: no credentials, and
// nothing of the connection. Host is the client's. A contentType other than ""
// is what the body was read as.
func forwarded(r *http.Request, credentials []string, contentType, requestID string) []sdk.Header {
	out := []sdk.Header{{Name: "Host", Value: r.Host}, {Name: headerRequestID, Value: requestID}}
	dropped := connectionFields(r.Header)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if slices.Contains(hopByHop, name) || slices.Contains(withheld, name) ||
			slices.Contains(credentials, name) || slices.Contains(dropped, name) {
			continue
		}
		if name == "Content-Type" && contentType != "" {
			continue
		}
		for _, value := range r.Header[name] {
			out = append(out, sdk.Header{Name: name, Value: value})
		}
	}
	if contentType != "" {
		out = append(out, sdk.Header{Name: "Content-Type", Value: contentType})
	}
	return out
}

// connectionFields are the fields that a Connection header names as its own.
func connectionFields(h http.Header) []string {
	var out []string
	for _, v := range h["Connection"] {
		for name := range strings.SplitSeq(v, ",") {
			out = append(out, http.CanonicalHeaderKey(strings.TrimSpace(name)))
		}
	}
	return out
}

// withRetryAfter returns the response with a Retry-After, should it have none.
func withRetryAfter(r *sdk.Response) *sdk.Response {
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, "Retry-After") {
			return r
		}
	}
	out := *r
	out.Headers = append(slices.Clone(r.Headers), sdk.Header{Name: "Retry-After", Value: "1"})
	return &out
}
