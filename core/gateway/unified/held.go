package unified

import (
	"bytes"
	"net/http"
)

// held is an answer that is kept back: its headers are set at once, status and
// body go out with send.
type held struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// hold has a handler answer, and keeps the answer back.
func hold(next http.Handler, w http.ResponseWriter, r *http.Request) *held {
	h := &held{ResponseWriter: w, status: http.StatusOK}
	next.ServeHTTP(h, r)
	return h
}

// WriteHeader implements http.ResponseWriter.
func (h *held) WriteHeader(status int) { h.status = status }

// Write implements http.ResponseWriter.
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

// Unwrap is for those who note why a request failed.
func (h *held) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// send writes an answer that was kept back, now or for an earlier request.
func send(w http.ResponseWriter, status int, body []byte) {
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone if this fails
}
