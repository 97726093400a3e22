// Package node keeps this gateway's row among the gateways that share a store:
// a heartbeat says that it lives, and the work of those that stopped beating is
// taken over.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

// ErrFenced means that this node was declared dead: others have taken its work
// over, and it must not record any more.
var ErrFenced = errors.New("this node was declared dead and may not record")

// Store keeps the nodes' rows. Times are the store's own, so that the clocks of
// nodes need not agree.
type Store interface {
	RegisterNode(ctx context.Context, id uuid.UUID, name string) error
	// Heartbeat tells that the node lives; [ErrFenced] if it was declared dead.
	Heartbeat(ctx context.Context, id uuid.UUID) error
	// TakeOver declares nodes dead that have not beaten for deadAfter, and frees
	// their work for anyone to claim. Where one node has the store for itself,
	// every other is dead.
	TakeOver(ctx context.Context, self uuid.UUID, deadAfter time.Duration) (dead int, err error)
	// ReleaseNode frees the node's work and removes its row.
	ReleaseNode(ctx context.Context, id uuid.UUID) error
}

// Config is how a node beats.
type Config struct {
	// Name for people, such as the host's.
	Name string
	// Heartbeat is the time between beats.
	Heartbeat time.Duration
	// DeadAfter is how long a node may be silent before others take its work
	// over; several heartbeats.
	DeadAfter time.Duration
}

// Node is this gateway's row.
type Node struct {
	ID    uuid.UUID
	store Store
	cfg   Config
	log   *slog.Logger
}

// Register makes the node's row and takes over what dead nodes left.
func Register(ctx context.Context, store Store, cfg Config, log *slog.Logger) (*Node, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	n := &Node{ID: id, store: store, cfg: cfg, log: log}
	if err := store.RegisterNode(ctx, id, cfg.Name); err != nil {
		return nil, fmt.Errorf("register node: %w", err)
	}
	if err := n.takeOver(ctx); err != nil {
		return nil, errors.Join(err, n.Release(ctx))
	}
	return n, nil
}

// Run beats until ctx ends. It returns [ErrFenced] once the node was
// declared dead: its work is no longer its own.
//
// Others' work is taken over beside the beats, because what a large node left
// takes longer to free than the next beat may wait.
func (n *Node) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { n.watch(ctx) })
	defer watching.Wait()
	defer cancel()
	tick := time.NewTicker(n.cfg.Heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := n.beat(ctx)
		switch {
		case errors.Is(err, ErrFenced):
			return err
		case err != nil && ctx.Err() == nil:
			n.log.ErrorContext(ctx, "heartbeat failed", slog.Any("error", err))
		}
	}
}

// beat gives up in time for the next: one lost answer must not be the node's end.
func (n *Node) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Heartbeat)
	defer cancel()
	return n.store.Heartbeat(ctx, n.ID)
}

// watch looks for dead nodes until ctx ends.
func (n *Node) watch(ctx context.Context) {
	tick := time.NewTicker(n.cfg.Heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := n.takeOver(ctx); err != nil && ctx.Err() == nil {
			n.log.ErrorContext(ctx, "cannot take over", slog.Any("error", err))
		}
	}
}

func (n *Node) takeOver(ctx context.Context) error {
	dead, err := n.store.TakeOver(ctx, n.ID, n.cfg.DeadAfter)
	if err != nil {
		return fmt.Errorf("take over dead nodes' work: %w", err)
	}
	if dead > 0 {
		n.log.WarnContext(ctx, "took over the work of dead nodes", slog.Int("nodes", dead))
	}
	return nil
}

// Release frees the node's work, at a graceful stop.
func (n *Node) Release(ctx context.Context) error { return n.store.ReleaseNode(ctx, n.ID) }
