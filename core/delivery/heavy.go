package delivery

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/subscription"
)

// heavy are accounts whose filters take long for their events.
type heavy struct {
	// count keeps the others from asking, which most of the time are all.
	count    atomic.Int64
	accounts sync.Map // uuid.UUID → struct{}
}

func (h *heavy) has(account uuid.UUID) bool {
	if h.count.Load() == 0 {
		return false
	}
	_, ok := h.accounts.Load(account)
	return ok
}

func (h *heavy) note(account uuid.UUID, is bool) {
	if is {
		if _, known := h.accounts.LoadOrStore(account, struct{}{}); !known {
			h.count.Add(1)
		}
	} else if h.has(account) {
		if _, known := h.accounts.LoadAndDelete(account); known {
			h.count.Add(-1)
		}
	}
}

// noteFilters learns from the match of an event.
func (e *Engine) noteFilters(ctx context.Context, ev *event.Event, s *subscription.Snapshot) {
	e.heavy.note(ev.AccountID, s.Heavy())
	e.tellStopped(ctx, ev, s)
}

// heavyLoop matches the events of accounts whose filters take long, until ctx ends:
// the events of others do not wait behind them.
func (e *Engine) heavyLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-e.aside:
			e.gates.Submit(e.match(ctx, o, nil)...)
		}
	}
}
