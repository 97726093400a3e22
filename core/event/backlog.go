package event

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// countEvery is how often the backlog is counted, unless that takes long:
	// counting takes at most one part in countShare of the time.
	countEvery = time.Second
	countShare = 20
	// countTimeout bounds one count.
	countTimeout = 30 * time.Second
	// comeBack is when a publisher who was refused is told to try again.
	comeBack = 5 * time.Second
)

// Counter counts, by account, the events and deliveries that wait in the store.
type Counter interface {
	Backlog(ctx context.Context) (map[uuid.UUID]int64, error)
}

// Backlog is a [Committer] that refuses events while too much waits in the store,
// before another one. Accounts that have no more than their share of the backlog
// are not refused, so that one account's dead endpoints do not stop the others.
// Make it with [NewBacklog], then call Run.
type Backlog struct {
	next    Committer
	counter Counter
	most    int64
	log     *slog.Logger
	// over is what was counted last, while that is too much; else nil.
	over atomic.Pointer[overload]
}

// overload is a backlog above its bound.
type overload struct {
	accounts map[uuid.UUID]int64
	share    int64
}

var _ Committer = (*Backlog)(nil)

// NewBacklog returns a committer that bounds the backlog to most; 0: no bound.
func NewBacklog(next Committer, c Counter, most int, log *slog.Logger) *Backlog {
	return &Backlog{next: next, counter: c, most: int64(most), log: log}
}

// Commit implements [Committer]. Errors: rate limited, beside those of the next.
func (b *Backlog) Commit(ctx context.Context, events []*Event) ([]uuid.UUID, error) {
	if o := b.over.Load(); o != nil && len(events) > 0 && o.accounts[events[0].AccountID] >= o.share {
		return nil, &sdk.Error{
			Code: sdk.CodeRateLimited, RetryAfter: comeBack,
			Message: "Too many events wait to be delivered; publish again later, and look for subscriptions that fail",
		}
	}
	return b.next.Commit(ctx, events)
}

// Run counts until ctx ends.
func (b *Backlog) Run(ctx context.Context) {
	if b.most == 0 {
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Now()
		b.count(ctx)
		timer.Reset(max(countEvery, countShare*time.Since(began)))
	}
}

// count keeps what was known where the store does not answer.
func (b *Backlog) count(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	accounts, err := b.counter.Backlog(ctx)
	if err != nil {
		if ctx.Err() == nil {
			b.log.ErrorContext(ctx, "cannot count the backlog", slog.Any("error", err))
		}
		return
	}
	var sum int64
	for _, n := range accounts {
		sum += n
	}
	was := b.over.Load() != nil
	if sum < b.most {
		b.over.Store(nil)
		if was {
			b.log.InfoContext(ctx, "the backlog is below its bound again", slog.Int64("waiting", sum))
		}
		return
	}
	b.over.Store(&overload{accounts: accounts, share: max(b.most/int64(len(accounts)), 1)})
	if !was {
		b.log.WarnContext(ctx, "the backlog has reached its bound: publishing is refused",
			slog.Int64("waiting", sum), slog.Int64("delivery.max_backlog", b.most), slog.Int("accounts", len(accounts)))
	}
}
