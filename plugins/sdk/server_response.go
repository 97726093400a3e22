package sdk

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// maxResponseBody bounds what a handler may answer.
const maxResponseBody = 16 << 20

var errResponseTooLarge = errors.New("the response body is larger than 16 MiB")

// responseWriter keeps a response until it is sent over the stream. It behaves
// as net/http's own: headers count as they stand when the status is written,
// informational statuses do not end the headers, and a status that is no status
// panics.
type responseWriter struct {
	header   http.Header
	sent     http.Header
	status   int
	body     bytes.Buffer
	tooLarge bool
}

func newResponseWriter() *responseWriter { return &responseWriter{header: http.Header{}} }

// Header returns the headers to be sent.
func (w *responseWriter) Header() http.Header { return w.header }

// WriteHeader fixes status and headers; later calls do nothing.
func (w *responseWriter) WriteHeader(code int) {
	if code < 100 || code > 999 {
		panic(fmt.Sprintf("invalid status code %d", code))
	}
	if w.status != 0 || code < http.StatusOK {
		return
	}
	w.status = code
	w.sent = w.header.Clone()
}

// Write adds to the body, up to maxResponseBody.
func (w *responseWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.body.Len()+len(p) > maxResponseBody {
		w.tooLarge = true
		return 0, errResponseTooLarge
	}
	return w.body.Write(p)
}

// response ends the answer. Headers are sorted by name.
func (w *responseWriter) response() *Response {
	w.WriteHeader(http.StatusOK)
	r := &Response{Status: w.status, Body: w.body.Bytes()}
	for _, name := range slices.Sorted(maps.Keys(w.sent)) {
		for _, v := range w.sent[name] {
			r.Headers = append(r.Headers, Header{Name: name, Value: v})
		}
	}
	return r
}
