package dashboard

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
)

// inPlace answers requests by a handler of the same process, without a connection.
type inPlace struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (t inPlace) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.RequestURI = out.URL.RequestURI()
	if out.Body == nil {
		out.Body = http.NoBody
	}
	if id, ok := r.Context().Value(requestIDKey{}).(string); ok {
		out.Header.Set("X-Request-Id", id)
	}
	if r.Method == http.MethodGet {
		out.Header.Set("Traceparent", untraced())
	}
	answer := &answer{header: http.Header{}}
	t.handler.ServeHTTP(answer, out)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return answer.response(r), nil
}

// untraced is a trace context that is not sampled (W3C Trace Context, section
// 3.2): pages that refresh themselves would fill the traces with their reading.
func untraced() string {
	var ids [24]byte
	_, _ = rand.Read(ids[:])
	text := hex.EncodeToString(ids[:])
	return "00-" + text[:32] + "-" + text[32:] + "-00"
}

type requestIDKey struct{}

// withRequestID has the calls of a page carry the page's own id.
func withRequestID(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return context.WithValue(ctx, requestIDKey{}, id)
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
}

// Write implements [http.ResponseWriter].
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) response(r *http.Request) *http.Response {
	a.WriteHeader(http.StatusOK)
	return &http.Response{
		StatusCode: a.status, Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Header: a.header, ContentLength: int64(a.body.Len()), Body: io.NopCloser(&a.body), Request: r,
	}
}
