package unified

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/idempotency"
)

const (
	idempotencyKey      = "Idempotency-Key"
	idempotencyReplayed = "Idempotency-Replayed"
)

// keptHeaders belong to an answer itself; the others are of one request.
var keptHeaders = []string{"Content-Type", "Etag", "Location", "Cache-Control"}

// once runs a request with an Idempotency-Key once, and answers its repetitions
// with the first answer.
func (e *edge) once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		values := r.Header[idempotencyKey]
		if len(values) == 0 || !c.operation.once {
			next.ServeHTTP(w, r)
			return
		}
		text, err := idempotency.ParseKey(values)
		if err != nil {
			e.fail(w, r, err)
			return
		}
		in := c.idempotent(r, text)
		c.once = &in
		a, replayed, err := e.cfg.Idempotency.Do(c, in, func(ctx context.Context) *idempotency.Answer {
			return answer(next, w, r.WithContext(ctx))
		})
		if err != nil {
			e.fail(w, r, err)
			return
		}
		if replayed {
			for name, value := range a.Headers {
				w.Header().Set(name, value)
			}
			w.Header().Set(idempotencyReplayed, "true")
		}
		send(w, a.Status, a.Body)
	})
}

// idempotent tells what a request is. Every API key has Idempotency-Keys of its
// own: what one was answered, another may not see.
func (c *call) idempotent(r *http.Request, text string) idempotency.Request {
	parts := [][]byte{[]byte(r.Method), []byte(r.URL.EscapedPath()), []byte(r.URL.RawQuery), []byte(r.Header.Get("Content-Type"))}
	var attributes []string // of a CloudEvent in binary mode
	for name, values := range r.Header {
		if len(name) > 3 && strings.EqualFold(name[:3], "ce-") {
			attributes = append(attributes, name+":"+strings.Join(values, ","))
		}
	}
	slices.Sort(attributes)
	for _, a := range attributes {
		parts = append(parts, []byte(a))
	}
	return idempotency.Request{
		AccountID:   c.principal.AccountID,
		Key:         idempotency.NewHash(callerOf(c.principal), []byte(text)),
		Fingerprint: idempotency.NewHash(append(parts, c.body)...),
	}
}

// callerOf names who asks: the API key, or what a token without one may do.
func callerOf(p *account.Principal) []byte {
	if p.KeyID != [16]byte{} {
		return p.KeyID[:]
	}
	return []byte(strings.Join(slices.Sorted(slices.Values(p.Scopes)), " "))
}

// answer runs the request, whose context outlives the client's connection, and
// holds what it is answered.
func answer(next http.Handler, w http.ResponseWriter, r *http.Request) *idempotency.Answer {
	out := hold(next, w, r)
	a := &idempotency.Answer{Status: out.status, Headers: map[string]string{}, Body: out.body.Bytes()}
	for _, name := range keptHeaders {
		if v := w.Header().Get(name); v != "" {
			a.Headers[name] = v
		}
	}
	return a
}
