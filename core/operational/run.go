package operational

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/wait"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// publishTimeout bounds one try to publish an event.
	publishTimeout = 10 * time.Second
	// lastTimeout bounds what is published after Run was told to end.
	lastTimeout = 2 * time.Second
)

// retryWaits are the pauses after tries that failed; an event is then dropped.
var retryWaits = []time.Duration{100 * time.Millisecond, time.Second, 5 * time.Second}

// Run publishes what happens, and looks for keys that expire, until ctx ends. What
// waits then has a last try.
func (e *Emitter) Run(ctx context.Context, p Publisher) {
	e.closing.Go(func() { e.watchKeys(ctx) })
	defer e.closing.Wait()
	for {
		select {
		case <-ctx.Done():
			e.drain(ctx, p)
			return
		case n := <-e.queue:
			e.publish(ctx, p, &n)
			if len(e.queue) == 0 {
				e.told.Store(false)
			}
		}
	}
}

func (e *Emitter) drain(ctx context.Context, p Publisher) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTimeout)
	defer cancel()
	for {
		select {
		case n := <-e.queue:
			if err := e.try(ctx, p, &n); err != nil {
				e.metrics.drop(n.eventType, dropError)
			}
		default:
			return
		}
	}
}

// publish tries a few times.
func (e *Emitter) publish(ctx context.Context, p Publisher, n *notice) {
	for try := 0; ; try++ {
		err := e.try(ctx, p, n)
		if err == nil {
			return
		}
		if try == len(retryWaits) || !wait.For(ctx, retryWaits[try]) {
			e.metrics.drop(n.eventType, dropError)
			e.Log.WarnContext(ctx, "cannot publish an operational event", slog.String("type", n.eventType),
				slog.String("id", n.id), slog.Any("error", err))
			return
		}
	}
}

func (e *Emitter) try(ctx context.Context, p Publisher, n *notice) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if e.operator == uuid.Nil {
		a, err := e.Accounts.AccountByName(ctx, account.DefaultName)
		if err != nil {
			return fmt.Errorf("find the operator's account: %w", err)
		}
		e.operator = a.ID
	}
	a, err := e.Accounts.Account(ctx, n.account)
	if err != nil {
		return fmt.Errorf("read account %s: %w", n.account, err)
	}
	*n.data.common() = Common{AccountID: a.ID, Account: a.Name, Suppressed: n.data.common().Suppressed}
	data, err := json.Marshal(n.data)
	if err != nil {
		return fmt.Errorf("write %s: %w", n.eventType, err)
	}
	accepted, err := p.PublishOwn(ctx, e.operator, sdk.Event{
		ID: n.id, Source: "/switchhook/accounts/" + a.Name, Type: n.eventType, Subject: n.subject, Time: n.at,
		DataContentType: "application/json", Data: data,
	})
	if err == nil && !accepted.Duplicate {
		e.metrics.published(n.eventType)
	}
	return err
}
