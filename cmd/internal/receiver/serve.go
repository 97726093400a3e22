package receiver

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	maxBody    = 4 << 20
	maxEvents  = 16 << 20
	headerTime = 10 * time.Second
)

// Serve is the process: it listens on a free port of loopback, writes its URL as
// a line to out, and serves until in ends, which it does with the parent.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: newHandler(), ReadHeaderTimeout: headerTime}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if _, err := fmt.Fprintf(out, "http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, server.Close())
	}
	parent := make(chan struct{})
	go func() {
		defer close(parent)
		_, _ = io.Copy(io.Discard, in)
	}()
	select {
	case err := <-served:
		return err
	case <-parent:
	case <-ctx.Done():
	}
	return server.Close()
}

// handler serves the endpoints, and the parent's questions below /control.
type handler struct{ current atomic.Pointer[tally] }

func newHandler() http.Handler {
	h := &handler{}
	h.current.Store(newTally(Plan{Copies: 1}))
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hook/{endpoint}", h.hook)
	mux.HandleFunc("PUT /control/plan", h.setPlan)
	mux.HandleFunc("PUT /control/modes", h.setModes)
	mux.HandleFunc("GET /control/progress", h.progress)
	mux.HandleFunc("GET /control/arrivals", h.arrivals)
	return mux
}

func (h *handler) hook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	endpoint, err := strconv.Atoi(r.PathValue("endpoint"))
	if err != nil {
		http.Error(w, "the endpoint is not a number", http.StatusNotFound)
		return
	}
	switch h.current.Load().receive(endpoint, r.Header.Get("webhook-id"), body, r.Context().Done()) {
	case accepted:
		w.WriteHeader(http.StatusNoContent)
	case refused:
		w.WriteHeader(http.StatusInternalServerError)
	case abandoned:
	}
}

func (h *handler) setPlan(w http.ResponseWriter, r *http.Request) {
	var p Plan
	if !decode(w, r, &p) {
		return
	}
	if p.Copies < 1 || p.Events < 0 || p.Events*p.Copies > maxEvents {
		http.Error(w, fmt.Sprintf("a plan has 1 copy or more, and at most %d events in all copies", maxEvents), http.StatusBadRequest)
		return
	}
	// Who hangs in the run before is let go.
	before := h.current.Swap(newTally(p))
	before.setModes(make([]Mode, len(before.plan.Modes)))
}

func (h *handler) setModes(w http.ResponseWriter, r *http.Request) {
	var modes []Mode
	t := h.current.Load()
	if !decode(w, r, &modes) {
		return
	}
	if len(modes) != len(t.plan.Modes) {
		http.Error(w, "the number of endpoints may not change", http.StatusBadRequest)
		return
	}
	t.setModes(modes)
}

func (h *handler) progress(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(h.current.Load().progress())
}

// arrivals are written as 8 bytes each, little endian.
func (h *handler) arrivals(w http.ResponseWriter, _ *http.Request) {
	t := h.current.Load()
	b := make([]byte, 0, 8*len(t.arrivals))
	for i := range t.arrivals {
		b = binary.LittleEndian.AppendUint64(b, uint64(t.arrivals[i].Load())) //nolint:gosec // bits, not a number
	}
	_, _ = w.Write(b)
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}
