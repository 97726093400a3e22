package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// checkTimeout bounds all checks of one /readyz together.
const checkTimeout = 2 * time.Second

// Check is one thing that must be well for the gateway to be ready.
type Check struct {
	// Name for people, such as store.
	Name string
	// Run returns what is not well. It must end with its context.
	Run func(ctx context.Context) error
}

// readiness answers /readyz. It logs a check when its state changes, since the
// answer, which anybody may ask for, names no reasons.
type readiness struct {
	checks []Check
	log    *slog.Logger

	mu     sync.Mutex
	failed map[string]bool
}

func newReadiness(checks []Check, log *slog.Logger) *readiness {
	return &readiness{checks: checks, log: log, failed: map[string]bool{}}
}

type readyAnswer struct {
	Status   string   `json:"status"`
	NotReady []string `json:"not_ready,omitempty"`
}

func (r *readiness) serve(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), checkTimeout)
	defer cancel()
	answer, status := readyAnswer{Status: "ok"}, http.StatusOK
	for _, c := range r.checks {
		err := run(ctx, c)
		if req.Context().Err() != nil {
			return // the asker is gone, which is no fault of the check
		}
		r.note(ctx, c.Name, err)
		if err != nil {
			answer.Status, status = "unavailable", http.StatusServiceUnavailable
			answer.NotReady = append(answer.NotReady, c.Name)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	writeJSON(w, status, answer)
}

// run makes a panic of a check an error of it.
func run(ctx context.Context, c Check) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return c.Run(ctx)
}

func (r *readiness) note(ctx context.Context, name string, err error) {
	r.mu.Lock()
	changed := r.failed[name] != (err != nil)
	r.failed[name] = err != nil
	r.mu.Unlock()
	switch {
	case changed && err != nil:
		r.log.WarnContext(ctx, "not ready", slog.String("check", name), slog.Any("error", err))
	case changed:
		r.log.InfoContext(ctx, "ready again", slog.String("check", name))
	}
}

// healthy answers /healthz.
func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	writeJSON(w, http.StatusOK, readyAnswer{Status: "ok"})
}
