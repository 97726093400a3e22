package pluginclient

import (
	"fmt"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Bounds of what a plugin may answer.
const (
	// MaxBody bounds a response of the vendor API and a rendered body, in bytes.
	MaxBody = 16 << 20
	// MaxHeaders bounds the headers beside it.
	MaxHeaders = 200
	// MaxHeaderBytes bounds names and values of the headers together.
	MaxHeaderBytes = 64 << 10
)

// hopByHop belong to a connection, not to a message (RFC 9110, section 7.6.1),
// with the older ones that net/http/httputil strips too.
var hopByHop = map[string]bool{
	"connection": true, "keep-alive": true, "proxy-authenticate": true, "proxy-authorization": true,
	"proxy-connection": true, "te": true, "trailer": true, "transfer-encoding": true, "upgrade": true,
}

// longestName of a set, in bytes.
const longestName = len("proxy-authorization")

// is tells whether a set of names in lower case has name, in whatever case.
func is(set map[string]bool, name string) bool {
	var lower [longestName]byte
	if len(name) > len(lower) {
		return false
	}
	for i := range len(name) {
		lower[i] = name[i]
		if 'A' <= name[i] && name[i] <= 'Z' {
			lower[i] |= 'a' - 'A'
		}
	}
	return set[string(lower[:len(name)])]
}

// checkHeaders tells what is wrong with headers of a plugin; checkName is asked
// for the name of each. Values are not quoted: they may be secrets.
func checkHeaders(hs []sdk.Header, checkName func(i int, name string) error) error {
	if len(hs) > MaxHeaders {
		return fmt.Errorf("more than %d headers", MaxHeaders)
	}
	size := 0
	for i, h := range hs {
		if err := checkName(i, h.Name); err != nil {
			return err
		}
		if !httpguts.ValidHeaderFieldValue(h.Value) {
			return fmt.Errorf("the value of header %s is not valid", h.Name)
		}
		size += len(h.Name) + len(h.Value)
	}
	if size > MaxHeaderBytes {
		return fmt.Errorf("headers of more than %d bytes", MaxHeaderBytes)
	}
	return nil
}

func checkName(_ int, name string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return fmt.Errorf("header name %q is not valid", quoted(name))
	}
	return nil
}

// checkResponse checks the answer to a request of the vendor API, and leaves out
// the headers that are the gateway's own to set.
func checkResponse(r *sdk.Response) (*sdk.Response, error) {
	if r.Status < 200 || r.Status > 599 {
		return nil, badReply("response status %d is not 200 to 599", r.Status)
	}
	if len(r.Body) > MaxBody {
		return nil, badReply("a response body of %d bytes, more than %d", len(r.Body), MaxBody)
	}
	if err := checkHeaders(r.Headers, checkName); err != nil {
		return nil, badReply("%w", err)
	}
	out := &sdk.Response{Status: r.Status, Body: r.Body}
	for _, h := range r.Headers {
		if !is(hopByHop, h.Name) && !strings.EqualFold(h.Name, "content-length") {
			out.Headers = append(out.Headers, h)
		}
	}
	return out, nil
}
