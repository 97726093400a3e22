package unified

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/core/idempotency"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

// Codes that the SDK does not have.
const (
	codePreconditionFailed = "precondition_failed"
	codeKeyReused          = "idempotency_key_reused"
)

// staleStateError is a conflict with the state that If-Match names.
type staleStateError struct{ error }

// Unwrap gives the conflict.
func (e staleStateError) Unwrap() error { return e.error }

// problem is what is answered, before it has a request.
type problem struct {
	status int
	code   string
	err    *sdk.Error
}

func problemOf(err error) problem {
	e := sdk.AsError(err)
	p := problem{status: e.Code.Status(), code: e.Code.String(), err: e}
	var stale staleStateError
	if errors.As(err, &stale) {
		p.status, p.code = http.StatusPreconditionFailed, codePreconditionFailed
	}
	if errors.Is(err, idempotency.ErrReused) {
		p.status, p.code = http.StatusUnprocessableEntity, codeKeyReused
	}
	return p
}

// fail answers with an error, and has logged what is the gateway's own fault.
func (e *edge) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.status >= http.StatusInternalServerError && !noteCause(w, err) {
		e.cfg.Logger.ErrorContext(r.Context(), "request failed", slog.Any("error", err),
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("request_id", requestID(r.Context())))
	}
	e.write(w, r, p)
}

// watcher logs and measures requests.
type watcher interface {
	NoteCause(err error)
	NoteRoute(route string)
}

// watcherOf finds who watches the request behind its writers; nil if nobody does.
func watcherOf(w http.ResponseWriter) watcher {
	for {
		if n, ok := w.(watcher); ok {
			return n
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = u.Unwrap()
	}
}

// noteCause tells whoever logs the request why it failed; false if nobody does.
func noteCause(w http.ResponseWriter, err error) bool {
	n := watcherOf(w)
	if n != nil {
		n.NoteCause(err)
	}
	return n != nil
}

// noteRoute tells whoever measures the request which operation it is for.
func noteRoute(w http.ResponseWriter, route string) {
	if n := watcherOf(w); n != nil {
		n.NoteRoute(route)
	}
}

// badRequest answers what the generated server could not read. The document's
// checks come before it, so little is left for it.
func (e *edge) badRequest(w http.ResponseWriter, r *http.Request, err error) {
	var param *switchhook.InvalidParamFormatError
	if errors.As(err, &param) {
		e.fail(w, r, explain.Invalid(sdk.FieldError{In: "query", Field: param.ParamName, Message: "is malformed"}))
		return
	}
	e.fail(w, r, envelope.BadBody(err))
}

// write is the one encoder of errors (RFC 9457).
func (e *edge) write(w http.ResponseWriter, r *http.Request, p problem) {
	body := switchhook.Problem{
		Type: "about:blank", Title: http.StatusText(p.status), Status: p.status, Detail: p.err.Message,
		Code: switchhook.ProblemCode(p.code), RequestID: requestID(r.Context()),
	}
	if len(p.err.Fields) > 0 {
		fields := make([]switchhook.FieldProblem, len(p.err.Fields))
		for i, f := range p.err.Fields {
			fields[i] = switchhook.FieldProblem{In: switchhook.FieldProblemIn(f.In), Field: f.Field, Message: f.Message}
		}
		body.Errors = &fields
	}
	setPace(w.Header(), callOf(r.Context()).pace)
	envelope.SetHeaders(w.Header(), p.err)
	envelope.Write(w, p.status, "application/problem+json", body)
}
