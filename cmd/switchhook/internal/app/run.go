package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// stopTimeout bounds what remains at a stop after requests and attempts ended.
const stopTimeout = 10 * time.Second

// Run serves until ctx ends, then stops gracefully: requests end first, then
// attempts in flight, each within the configured time; what is not done is freed
// in the store for the next start or another node. It returns an error when a
// part failed by itself.
func (a *App) Run(ctx context.Context) error {
	// The journal outlives the engine, whose outcomes it records, and both outlive
	// the server, whose events they take.
	journalCtx, stopJournal := context.WithCancel(context.WithoutCancel(ctx))
	engineCtx, stopEngine := context.WithCancel(context.WithoutCancel(ctx))
	defer stopJournal()
	defer stopEngine()
	group, ctx := errgroup.WithContext(ctx)
	// Spans end until the journal does.
	tracesCtx, stopTraces := context.WithCancel(context.WithoutCancel(ctx))
	defer stopTraces()
	group.Go(func() error {
		defer stopTraces()
		return a.journal.Run(journalCtx)
	})
	group.Go(func() error { return a.node.Run(journalCtx) })
	if a.traces != nil {
		group.Go(func() error { a.traces.Run(tracesCtx, a.store); return nil })
	}
	group.Go(func() error { a.cleaner.Run(ctx); return nil })
	group.Go(func() error { a.replayer.Run(ctx); return nil })
	group.Go(func() error { a.statistics.Run(ctx); return nil })
	group.Go(func() error { a.backlog.Run(ctx); return nil })
	group.Go(func() error { a.emitter.Run(ctx, a.services.events); return nil })
	group.Go(func() error { a.services.accounts.Run(ctx); return nil })
	group.Go(func() error {
		defer stopJournal()
		return a.engine.Run(engineCtx, a.cfg.Server.ShutdownTimeout)
	})
	group.Go(func() error {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		defer stopEngine()
		<-ctx.Done()
		return a.shutdownServer()
	})
	err := group.Wait()
	closeCtx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return errors.Join(err, a.statistics.Flush(closeCtx), a.close(closeCtx))
}

func (a *App) shutdownServer() error {
	a.log.Info("stopping", slog.Duration("at_most", a.cfg.Server.ShutdownTimeout))
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.Server.ShutdownTimeout)
	defer cancel()
	if err := a.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests did not end in time: %w", err), a.server.Close())
	}
	return nil
}
