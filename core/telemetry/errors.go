package telemetry

import (
	"log/slog"
	"sync"
	"time"
)

// errorInterval is the least time between two lines on failures of the SDK: a
// collector that is down fails every batch.
const errorInterval = time.Minute

// errorHandler logs the first failure and then at most one a minute, with how
// many were left out. It implements otel.ErrorHandler.
type errorHandler struct {
	log *slog.Logger

	mu     sync.Mutex
	last   time.Time
	hidden int
}

func newErrorHandler(log *slog.Logger) *errorHandler { return &errorHandler{log: log} }

func (h *errorHandler) Handle(err error) {
	if err == nil {
		return
	}
	h.mu.Lock()
	now := time.Now()
	if !h.last.IsZero() && now.Sub(h.last) < errorInterval {
		h.hidden++
		h.mu.Unlock()
		return
	}
	hidden := h.hidden
	h.last, h.hidden = now, 0
	h.mu.Unlock()
	h.log.Warn("telemetry failed; the gateway goes on without it", "error", err, "hidden_failures", hidden)
}
