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
	// every other is dead, however long ago it beat.
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

	steady steady
}

// steady is since when the beats of a node have followed each other closely.
type steady struct {
	mu          sync.Mutex
	since, last time.Time
}

// beat tells of a beat that the store took; gap is too long between two.
func (s *steady) beat(now time.Time, gap time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last) >= gap {
		s.since = now
	}
	s.last = now
}

// lasts tells that beats have been steady for so long, up to now.
func (s *steady) lasts(now time.Time, most time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Sub(s.since) >= most && now.Sub(s.last) < most
}

// New gives this gateway an id. Others see it once it has joined.
func New(store Store, cfg Config, log *slog.Logger) (*Node, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	return &Node{ID: id, store: store, cfg: cfg, log: log}, nil
}

// Join makes the node's row and takes over what dead nodes left. [Node.Run] is to
// follow soon: until then nobody beats.
func (n *Node) Join(ctx context.Context) error {
	if err := n.store.RegisterNode(ctx, n.ID, n.cfg.Name); err != nil {
		return fmt.Errorf("register node: %w", err)
	}
	// Others of a shared store are judged later, see [Node.watch]; one that has the
	// store for itself takes over at once.
	if err := n.takeOver(ctx, never); err != nil {
		return errors.Join(err, n.Release(ctx))
	}
	n.steady.since, n.steady.last = time.Now(), time.Now()
	return nil
}

// never is longer than any node has been silent.
const never = time.Duration(1 << 62)

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
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := n.beat(ctx)
		switch {
		case errors.Is(err, ErrFenced):
			return err
		case err == nil:
			failed = 0
		case ctx.Err() == nil:
			failed++
			n.log.Log(ctx, severity(failed), "heartbeat failed", slog.Any("error", err), slog.Int("in_a_row", failed))
		}
	}
}

// severity is that of so many beats in a row which failed. One is a disk that was
// busy for a moment, which nobody has to look at.
func severity(failed int) slog.Level {
	if failed == 1 {
		return slog.LevelInfo
	}
	return slog.LevelError
}

// beat gives up in time for the next: one lost answer must not be the node's end.
func (n *Node) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Heartbeat)
	defer cancel()
	if err := n.store.Heartbeat(ctx, n.ID); err != nil {
		return err
	}
	n.steady.beat(time.Now(), n.cfg.DeadAfter)
	return nil
}

// watch looks for dead nodes until ctx ends. A node judges others only when its
// own beats have been steady for as long as others may be silent: after an outage
// of the store, whoever beats first would take all others for dead.
func (n *Node) watch(ctx context.Context) {
	tick := time.NewTicker(n.cfg.Heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !n.steady.lasts(time.Now(), n.cfg.DeadAfter) {
			continue
		}
		if err := n.takeOver(ctx, n.cfg.DeadAfter); err != nil && ctx.Err() == nil {
			n.log.ErrorContext(ctx, "cannot take over", slog.Any("error", err))
		}
	}
}

func (n *Node) takeOver(ctx context.Context, deadAfter time.Duration) error {
	dead, err := n.store.TakeOver(ctx, n.ID, deadAfter)
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
