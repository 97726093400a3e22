package gateway

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// recorder is a response writer that remembers what became of the request.
type recorder struct {
	http.ResponseWriter
	// status is 0 until the answer has begun.
	status int
	// route is the template of the path; "" when it is not known.
	route    string
	provider string
	// cause is why the request failed, for the log.
	cause error
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// NoteCause keeps why the request failed, for the log; the unified API calls it.
func (w *recorder) NoteCause(err error) { w.cause = err }

// NoteRoute keeps the template of the path; the unified API and the dashboard call it.
func (w *recorder) NoteRoute(route string) { w.route = route }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// finish is called after the handler: net/http answers for one that did not.
func (w *recorder) finish(r *http.Request) {
	if w.status == 0 && r.Context().Err() == nil {
		w.status = http.StatusOK
	}
}

// respond writes an adapter's answer. Fields of the connection are left out, and
// the request id stays the gateway's.
func (w *recorder) respond(r *sdk.Response, method string) {
	h := w.Header()
	given := http.Header{}
	for _, field := range r.Headers {
		given.Add(field.Name, field.Value)
	}
	dropped := append(connectionFields(given), "Content-Length", headerRequestID)
	for name, values := range given {
		if !slices.Contains(hopByHop, name) && !slices.Contains(dropped, name) {
			h[name] = values
		}
	}
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // nothing is guessed
	}
	bodiless := r.Status == http.StatusNoContent || r.Status == http.StatusNotModified
	if !bodiless && (method != http.MethodHead || len(r.Body) > 0) {
		h.Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	w.WriteHeader(r.Status)
	if !bodiless && method != http.MethodHead {
		// The client is gone if this fails; there is nobody left to tell.
		_, _ = w.Write(r.Body)
	}
}
