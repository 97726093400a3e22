package replay

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// MaxUnfinished is how many running and paused replays an account may have.
	MaxUnfinished = 10
	// MaxPerSecond bounds Spec.PerSecond.
	MaxPerSecond = 10_000
	// previewEvents and previewTime bound a preview.
	previewEvents = 200_000
	previewTime   = 5 * time.Second
)

// Service makes, shows and changes replays.
type Service struct {
	store     Store
	snapshots Snapshots
	providers Providers
	now       func() time.Time
	wake      func()
}

// NewService returns a service. wake tells this node's runner of new work.
func NewService(store Store, snapshots Snapshots, providers Providers, wake func(), now func() time.Time) *Service {
	return &Service{store: store, snapshots: snapshots, providers: providers, now: now, wake: wake}
}

// Preview is what a replay would make.
type Preview struct {
	Spec
	// Total is how many events the range has, Done how many were looked at:
	// less where that took too long.
	Progress
	// Complete: all were looked at, so that Created is the whole.
	Complete bool
}

// Create starts a replay. Errors: invalid, not found (the subscription), conflict
// (it is disabled), limit.
func (s *Service) Create(ctx context.Context, spec Spec) (*Replay, error) {
	if err := s.check(ctx, &spec); err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	total, err := s.store.CountEvents(ctx, spec.AccountID, spec.From, spec.To)
	if err != nil {
		return nil, err
	}
	now := s.now()
	r := &Replay{
		Spec: spec, ID: id, Status: Running, Cursor: start(&spec), Progress: Progress{Total: total}, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.store.CreateReplay(ctx, r, MaxUnfinished); err != nil {
		return nil, err
	}
	s.wake()
	return r, nil
}

// start is a key that comes before those of a range.
func start(spec *Spec) uuid.UUID { return delivery.IDFrom(spec.From) }

// Preview counts what a replay would make, and makes nothing. Errors: those of
// Create, but limit.
func (s *Service) Preview(ctx context.Context, spec Spec) (*Preview, error) {
	if err := s.check(ctx, &spec); err != nil {
		return nil, err
	}
	total, err := s.store.CountEvents(ctx, spec.AccountID, spec.From, spec.To)
	if err != nil {
		return nil, err
	}
	p, err := newPlanner(ctx, &spec, uuid.Nil, s.snapshots, s.providers, s.now())
	if err != nil {
		return nil, err
	}
	out := &Preview{Spec: spec, Progress: Progress{Total: total}}
	began, after := time.Now(), start(&spec)
	for out.Done < previewEvents && time.Since(began) < previewTime {
		candidates, err := s.store.ReplayWindow(ctx, window(&spec, after))
		if err != nil {
			return nil, err
		}
		if len(candidates) == 0 {
			out.Complete = true
			break
		}
		step := p.step(candidates, int(^uint(0)>>1))
		after = step.Cursor
		out.Done += step.Done
		out.Created += int64(len(step.Deliveries))
		out.Failed += step.Failed
	}
	return out, nil
}

// check completes a specification, or tells what is wrong with it.
func (s *Service) check(ctx context.Context, spec *Spec) error {
	s.snapshots.Invalidate(spec.AccountID)
	now := s.now()
	if spec.To.IsZero() || spec.To.After(now) {
		spec.To = now
	}
	spec.From, spec.To = spec.From.UTC().Truncate(time.Millisecond), spec.To.UTC().Truncate(time.Millisecond)
	var fields []sdk.FieldError
	add := func(pointer, format string, args ...any) {
		fields = append(fields, sdk.FieldError{In: "body", Field: pointer, Message: fmt.Sprintf(format, args...)})
	}
	if spec.From.Before(time.UnixMilli(0)) {
		add("/from", "must be a time after 1970")
	}
	if !spec.From.Before(spec.To) {
		add("/to", "must be later than from, which must be in the past")
	}
	for i, text := range spec.EventTypes {
		if _, err := subscription.ParsePattern(text); err != nil {
			add(fmt.Sprintf("/event_types/%d", i), "%s", err)
		}
	}
	if spec.PerSecond < 0 || spec.PerSecond > MaxPerSecond {
		add("/rate_per_second", "must be from 1 to %d", MaxPerSecond)
	}
	switch spec.Select {
	case Failed, All, NeverSent:
	default:
		add("/statuses", "must be failed, all or never_sent")
	}
	if len(fields) > 0 {
		return &sdk.Error{Code: sdk.CodeInvalid, Message: "The replay cannot be made so", Fields: fields}
	}
	return s.checkSubscription(ctx, spec)
}

func (s *Service) checkSubscription(ctx context.Context, spec *Spec) error {
	if spec.SubscriptionID == uuid.Nil {
		return nil
	}
	snapshot, err := s.snapshots.Snapshot(ctx, spec.AccountID)
	if err != nil {
		return err
	}
	sub, ok := snapshot.Get(spec.SubscriptionID)
	switch {
	case !ok:
		return sdk.Errorf(sdk.CodeNotFound, "There is no such subscription")
	case !sub.Enabled:
		return sdk.Errorf(sdk.CodeConflict, "The subscription is disabled; enable it before you replay to it")
	default:
		return nil
	}
}

// Get reads one. Errors: not found.
func (s *Service) Get(ctx context.Context, accountID, id uuid.UUID) (*Replay, error) {
	return s.store.Replay(ctx, accountID, id)
}

// List reads a page, newest first.
func (s *Service) List(ctx context.Context, q Query) ([]Replay, error) {
	return s.store.ListReplays(ctx, q)
}

// Pause stops a running replay; it goes on where it was. Errors: not found,
// conflict (it does not run).
func (s *Service) Pause(ctx context.Context, accountID, id uuid.UUID) (*Replay, error) {
	return s.store.ChangeReplay(ctx, accountID, id, []Status{Running}, Paused, s.now())
}

// Resume has a paused replay go on. Errors: not found, conflict (it is not paused).
func (s *Service) Resume(ctx context.Context, accountID, id uuid.UUID) (*Replay, error) {
	r, err := s.store.ChangeReplay(ctx, accountID, id, []Status{Paused}, Running, s.now())
	if err == nil {
		s.wake()
	}
	return r, err
}

// Cancel ends a replay; what it has made stays. Errors: not found, conflict (it
// has ended).
func (s *Service) Cancel(ctx context.Context, accountID, id uuid.UUID) (*Replay, error) {
	return s.store.ChangeReplay(ctx, accountID, id, []Status{Running, Paused}, Cancelled, s.now())
}
