package replay

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/wait"
)

const (
	// lookEvery is how often the store is asked for replays that nobody works.
	lookEvery = time.Second
	// maxWorking bounds the replays that a node works at one time.
	maxWorking = 4
	// windowSize is the most events of a step, and stepSize its most deliveries,
	// unless one event has more.
	windowSize = 256
	stepSize   = 256
	// errorWait is the pause after the store failed.
	errorWait = 500 * time.Millisecond
	// crowded is how many deliveries may wait, due or held, for a replay to go on at
	// once. crowdedLook is how often it looks whether they have become fewer;
	// after crowdedWait it makes crowdedStep deliveries nevertheless, so that one
	// endpoint that is away for long does not stop the others' replay.
	crowded     = 1000
	crowdedLook = 50 * time.Millisecond
	crowdedWait = 5 * time.Second
	crowdedStep = 10
)

// Deps are what a runner works with.
type Deps struct {
	Node      uuid.UUID
	Store     Store
	Snapshots Snapshots
	Providers Providers
	// Wake tells the delivery engine that deliveries are due.
	Wake func()
	Log  *slog.Logger
	Now  func() time.Time
}

// Runner works replays. Make it with [NewRunner], then call Run.
type Runner struct {
	Deps
	wake chan struct{}

	mu      sync.Mutex
	working map[uuid.UUID]bool
}

// NewRunner returns a runner that is not running.
func NewRunner(d Deps) *Runner {
	return &Runner{Deps: d, wake: make(chan struct{}, 1), working: map[uuid.UUID]bool{}}
}

// Look has the runner look for work now.
func (r *Runner) Look() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (r *Runner) Run(ctx context.Context) {
	var jobs sync.WaitGroup
	defer jobs.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for _, job := range r.claim(ctx) {
			jobs.Go(func() {
				defer r.ended(job.ID)
				r.work(ctx, &job)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.wake:
		}
	}
}

// claim takes what this node has room for.
func (r *Runner) claim(ctx context.Context) []Replay {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := maxWorking - len(r.working)
	if room <= 0 {
		return nil
	}
	working := make([]uuid.UUID, 0, len(r.working))
	for id := range r.working {
		working = append(working, id)
	}
	jobs, err := r.Store.ClaimReplays(ctx, r.Node, working, room)
	if err != nil && ctx.Err() == nil && !errors.Is(err, node.ErrFenced) {
		r.Log.ErrorContext(ctx, "cannot claim replays", slog.Any("error", err))
	}
	for i := range jobs {
		r.working[jobs[i].ID] = true
	}
	return jobs
}

func (r *Runner) ended(id uuid.UUID) {
	r.mu.Lock()
	delete(r.working, id)
	r.mu.Unlock()
	r.Look() // there is room again
}

// work goes on with a replay until it ends or is another's.
func (r *Runner) work(ctx context.Context, job *Replay) {
	r.Log.InfoContext(ctx, "working a replay", slog.String("replay", job.ID.String()), slog.Int64("done", job.Done), slog.Int64("total", job.Total))
	r.Snapshots.Invalidate(job.AccountID)
	for {
		most, ok := r.room(ctx, job)
		if !ok {
			return
		}
		s, err := r.step(ctx, job, most)
		var p Progress
		if err == nil {
			p, err = r.Store.AdvanceReplay(ctx, r.Node, s)
		}
		switch {
		case errors.Is(err, ErrLost) || errors.Is(err, node.ErrFenced) || ctx.Err() != nil:
			return
		case err != nil:
			r.Log.ErrorContext(ctx, "cannot go on with a replay", slog.String("replay", job.ID.String()), slog.Any("error", err))
			if !wait.For(ctx, errorWait) {
				return
			}
			continue
		case s.Status != Running:
			r.Log.InfoContext(ctx, "a replay has ended", slog.String("replay", job.ID.String()), slog.String("status", string(s.Status)),
				slog.String("reason", s.Reason), slog.Int64("created", p.Created), slog.Int64("failed", p.Failed))
			return
		}
		job.Cursor, job.Progress = s.Cursor, p
		if len(s.Deliveries) > 0 {
			r.Wake()
		}
		if !r.pace(ctx, job, len(s.Deliveries)) {
			return
		}
	}
}

// step makes the next step of a replay.
func (r *Runner) step(ctx context.Context, job *Replay, most int) (*Step, error) {
	p, err := newPlanner(ctx, &job.Spec, job.ID, r.Snapshots, r.Providers, r.Now())
	if err != nil {
		return nil, err
	}
	s := Step{AccountID: job.AccountID, ID: job.ID, Cursor: job.Cursor, Status: Done, Now: p.now}
	if job.SubscriptionID != uuid.Nil && !p.enabled(job.SubscriptionID) {
		s.Status, s.Reason = Paused, "The subscription is disabled or gone"
	} else {
		candidates, err := r.Store.ReplayWindow(ctx, window(&job.Spec, job.Cursor))
		if err != nil {
			return nil, err
		}
		if len(candidates) > 0 {
			s = p.step(candidates, most)
		}
	}
	s.After = job.Cursor
	return &s, nil
}

func window(s *Spec, after uuid.UUID) Window {
	return Window{
		AccountID: s.AccountID, SubscriptionID: s.SubscriptionID, After: after, To: s.To, Limit: windowSize, Whole: s.Select != Failed,
	}
}

// room waits while much waits to be sent, and tells how many deliveries may be
// made; not ok: ctx has ended.
func (r *Runner) room(ctx context.Context, job *Replay) (most int, ok bool) {
	most = stepSize
	if job.PerSecond > 0 {
		most = min(most, job.PerSecond)
	}
	ref := delivery.SubscriptionRef{AccountID: job.AccountID, SubscriptionID: job.SubscriptionID}
	for began := r.Now(); ctx.Err() == nil; {
		due, held, err := r.Store.Waiting(ctx, ref, r.Now(), crowded)
		switch {
		case err == nil && due < crowded && held < crowded:
			return most, true
		case err == nil && r.Now().Sub(began) >= crowdedWait:
			return min(most, crowdedStep), true
		case err != nil && ctx.Err() == nil:
			r.Log.ErrorContext(ctx, "cannot see what waits", slog.Any("error", err))
			wait.For(ctx, errorWait)
		default:
			wait.For(ctx, crowdedLook)
		}
	}
	return 0, false
}

// pace waits as long as the deliveries of a step may take at the replay's rate.
func (r *Runner) pace(ctx context.Context, job *Replay, made int) bool {
	if job.PerSecond == 0 || made == 0 {
		return ctx.Err() == nil
	}
	return wait.For(ctx, time.Duration(made)*time.Second/time.Duration(job.PerSecond))
}
