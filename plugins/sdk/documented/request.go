package documented

import (
	"errors"
	"fmt"
	"strings"
)

// Request is a request as it goes over the wire.
type Request struct {
	Method, URL string
	// Headers in their printed order and spelling.
	Headers []Header
	// Body, byte for byte.
	Body string
}

// Header is one header field.
type Header struct{ Name, Value string }

// ParseRequest reads a request in the form of an HTTP message: method and URL in
// the first line, header fields, an empty line, and the body to the last byte.
func ParseRequest(text string) (Request, error) {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	method, url, ok := strings.Cut(lines[0], " ")
	if !ok || method == "" || url == "" {
		return Request{}, errors.New("the first line must be a method and a URL")
	}
	r := Request{Method: method, URL: url, Body: body}
	for _, line := range lines[1:] {
		h, err := parseHeader(line)
		if err != nil {
			return Request{}, err
		}
		r.Headers = append(r.Headers, h)
	}
	return r, nil
}

func parseHeader(line string) (Header, error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || name == "" {
		return Header{}, fmt.Errorf("%q is no header field", line)
	}
	return Header{Name: name, Value: strings.TrimSpace(value)}, nil
}

// Has tells whether the request has a header field, whatever its case.
func (r Request) Has(name string) bool {
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, name) {
			return true
		}
	}
	return false
}

// Replace returns the request with placeholders replaced in the URL, the values
// of header fields and the body.
func (r Request) Replace(placeholders map[string]string) Request {
	var pairs []string
	for old, value := range placeholders {
		pairs = append(pairs, old, value)
	}
	replacer := strings.NewReplacer(pairs...)
	out := Request{Method: r.Method, URL: replacer.Replace(r.URL), Body: replacer.Replace(r.Body)}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, Header{Name: h.Name, Value: replacer.Replace(h.Value)})
	}
	return out
}
