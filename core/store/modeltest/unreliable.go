package modeltest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/subscription"
)

// unreliable is a store that fails, before and after it has done what it was
// asked for, and that a gateway may lose sight of.
type unreliable struct {
	Process
	g *gateway
	// away: nothing reaches the store.
	away atomic.Bool
}

var errAway = errors.New("the store cannot be reached")

// reach tells whether a request gets to the store, after a while.
func (u *unreliable) reach(ctx context.Context) error {
	select {
	case <-u.g.crashed:
		return errAway
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(u.g.world.dice.upTo(20 * time.Millisecond)):
	}
	if u.away.Load() || u.g.world.dice.oneIn(u.g.world.failing(25)) {
		return errAway
	}
	return nil
}

// fate implements what [Bench.Open] wants.
func (u *unreliable) fate() Fate {
	switch w := u.g.world; {
	case !w.dice.oneIn(w.failing(12)):
		return Answered
	case w.dice.oneIn(2):
		return Failed
	default:
		return Lost
	}
}

func (u *unreliable) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	if err := u.reach(ctx); err != nil {
		return nil, err
	}
	return u.Process.Commit(ctx, b)
}

func (u *unreliable) Heartbeat(ctx context.Context, id uuid.UUID) error {
	if err := u.reach(ctx); err != nil {
		return err
	}
	return u.Process.Heartbeat(ctx, id)
}

func (u *unreliable) TakeOver(ctx context.Context, self uuid.UUID, deadAfter time.Duration) (int, error) {
	if err := u.reach(ctx); err != nil {
		return 0, err
	}
	if w := u.g.world; w.dice.oneIn(w.failing(40)) {
		deadAfter = 0 // nodes are declared dead that are well
	}
	return u.Process.TakeOver(ctx, self, deadAfter)
}

func (u *unreliable) ReleaseNode(ctx context.Context, id uuid.UUID) error {
	if err := u.reach(ctx); err != nil {
		return err
	}
	return u.Process.ReleaseNode(ctx, id)
}

func (u *unreliable) ClaimEvents(ctx context.Context, self uuid.UUID, limit int) ([]*event.Event, error) {
	if err := u.reach(ctx); err != nil {
		return nil, err
	}
	return u.Process.ClaimEvents(ctx, self, limit)
}

func (u *unreliable) ClaimDeliveries(ctx context.Context, self uuid.UUID, now time.Time, limit int) ([]delivery.Claimed, error) {
	if err := u.reach(ctx); err != nil {
		return nil, err
	}
	return u.Process.ClaimDeliveries(ctx, self, now, limit)
}

func (u *unreliable) ClaimHeld(ctx context.Context, self uuid.UUID, ref delivery.SubscriptionRef, limit int) ([]delivery.Claimed, error) {
	if err := u.reach(ctx); err != nil {
		return nil, err
	}
	return u.Process.ClaimHeld(ctx, self, ref, limit)
}

func (u *unreliable) HeldSubscriptions(ctx context.Context, after delivery.SubscriptionRef, limit int) ([]delivery.SubscriptionRef, error) {
	if err := u.reach(ctx); err != nil {
		return nil, err
	}
	return u.Process.HeldSubscriptions(ctx, after, limit)
}

func (u *unreliable) Recorded(ctx context.Context, accountID, eventKey uuid.UUID) (map[uuid.UUID]struct{}, error) {
	if err := u.reach(ctx); err != nil {
		return nil, err
	}
	return u.Process.Recorded(ctx, accountID, eventKey)
}

func (u *unreliable) ListSubscriptions(ctx context.Context, q subscription.Query) ([]subscription.Subscription, error) {
	if err := u.reach(ctx); err != nil {
		return nil, err
	}
	return u.Process.ListSubscriptions(ctx, q)
}
