package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchhook/switchhook/core/node"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rows is a store of nodes by the test's clock.
type rows struct {
	mu    sync.Mutex
	beats map[uuid.UUID]time.Time
	// alone: one node has the store for itself.
	alone bool
	// heartbeat and takeOver fail or hang if set.
	heartbeat, takeOver func(ctx context.Context) error
}

func newRows() *rows { return &rows{beats: map[uuid.UUID]time.Time{}} }

func (r *rows) RegisterNode(_ context.Context, id uuid.UUID, _ string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.beats[id] = time.Now()
	return nil
}

func (r *rows) Heartbeat(ctx context.Context, id uuid.UUID) error {
	r.mu.Lock()
	fail := r.heartbeat
	r.mu.Unlock()
	if fail != nil {
		if err := fail(ctx); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.beats[id]; !ok {
		return node.ErrFenced
	}
	r.beats[id] = time.Now()
	return nil
}

func (r *rows) TakeOver(ctx context.Context, self uuid.UUID, deadAfter time.Duration) (dead int, err error) {
	r.mu.Lock()
	fail := r.takeOver
	r.mu.Unlock()
	if fail != nil {
		if err := fail(ctx); err != nil {
			return 0, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, beat := range r.beats {
		if id != self && (r.alone || time.Since(beat) > deadAfter) {
			delete(r.beats, id)
			dead++
		}
	}
	return dead, nil
}

func (r *rows) ReleaseNode(_ context.Context, id uuid.UUID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.beats, id)
	return nil
}

func (r *rows) last(id uuid.UUID) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.beats[id]
	return t, ok
}

func (r *rows) set(heartbeat, takeOver func(context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heartbeat, r.takeOver = heartbeat, takeOver
}

var config = node.Config{Name: "test", Heartbeat: 2 * time.Second, DeadAfter: 10 * time.Second}

// running is a node that beats.
type running struct {
	*node.Node
	stop  context.CancelFunc
	ended chan error
}

func run(t *testing.T, r *rows, log *slog.Logger) *running {
	t.Helper()
	n, err := node.New(r, config, log)
	require.NoError(t, err)
	require.NoError(t, n.Join(t.Context()))
	out := &running{Node: n, ended: make(chan error, 1)}
	var ctx context.Context
	ctx, out.stop = context.WithCancel(context.Background())
	t.Cleanup(out.stop)
	go func() { out.ended <- n.Run(ctx) }()
	return out
}

// output is a log that nodes write while the test reads: the bubble's clock
// orders nothing for the race detector.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// until lets the bubble's clock go on.
func until(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // of the bubble's clock
	synctest.Wait()
}

var quiet = slog.New(slog.DiscardHandler)

func TestANodeBeatsUntilItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		n := run(t, r, quiet)
		for range 5 {
			until(config.Heartbeat)
			last, ok := r.last(n.ID)
			require.True(t, ok)
			require.Equal(t, time.Now(), last)
		}
		n.stop()
		require.NoError(t, <-n.ended)
		before, _ := r.last(n.ID)
		until(time.Minute)
		last, ok := r.last(n.ID)
		require.True(t, ok, "the row stays until it is released")
		require.Equal(t, before, last)
		require.NoError(t, n.Release(t.Context()))
		_, ok = r.last(n.ID)
		require.False(t, ok)
	})
}

func TestASilentNodesWorkIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		var log output
		silent := uuid.New()
		require.NoError(t, r.RegisterNode(t.Context(), silent, "silent"))
		n := run(t, r, slog.New(slog.NewTextHandler(&log, nil)))
		other := run(t, r, quiet)
		until(config.DeadAfter)
		_, ok := r.last(silent)
		require.True(t, ok)
		require.Empty(t, log.String())
		until(config.Heartbeat)
		_, ok = r.last(silent)
		require.False(t, ok)
		_, ok = r.last(other.ID)
		require.True(t, ok, "it beats")
		for _, x := range []*running{n, other} {
			x.stop()
			require.NoError(t, <-x.ended)
		}
	})
}

func TestANodeAloneTakesOverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		r.alone = true
		var log output
		silent := uuid.New()
		require.NoError(t, r.RegisterNode(t.Context(), silent, "silent"))
		n, err := node.New(r, config, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err)
		require.NoError(t, n.Join(t.Context()))
		_, ok := r.last(silent)
		require.False(t, ok)
		_, ok = r.last(n.ID)
		require.True(t, ok)
		require.Contains(t, log.String(), "took over the work of dead nodes")
		require.Contains(t, log.String(), "nodes=1")
	})
}

func TestANodeThatStartsJudgesOthersLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		silent := uuid.New()
		require.NoError(t, r.RegisterNode(t.Context(), silent, "silent"))
		until(time.Hour)
		n := run(t, r, quiet)
		until(config.DeadAfter - 1)
		_, ok := r.last(silent)
		require.True(t, ok, "the store may have been down for an hour")
		until(1)
		_, ok = r.last(silent)
		require.False(t, ok)
		n.stop()
		require.NoError(t, <-n.ended)
	})
}

// After an outage of the store all have been silent; who beats first must not
// declare the others dead.
func TestAnOutageOfTheStoreKillsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		var nodes []*running
		for range 3 {
			nodes = append(nodes, run(t, r, quiet))
			until(time.Second / 2) // they do not beat in step
		}
		down := func(context.Context) error { return errors.New("connection refused") }
		for _, outage := range []time.Duration{config.DeadAfter / 2, config.DeadAfter, 10 * config.DeadAfter} {
			r.set(down, down)
			until(outage)
			r.set(nil, nil)
			until(5 * config.DeadAfter)
			for _, n := range nodes {
				last, ok := r.last(n.ID)
				require.True(t, ok, "declared dead after an outage of %s", outage)
				require.Less(t, time.Since(last), config.DeadAfter)
			}
		}
		nodes[0].stop() // and it still takes over
		require.NoError(t, <-nodes[0].ended)
		until(config.DeadAfter + 2*config.Heartbeat)
		_, ok := r.last(nodes[0].ID)
		require.False(t, ok)
		for _, n := range nodes[1:] {
			n.stop()
			require.NoError(t, <-n.ended)
		}
	})
}

func TestJoinLeavesNoRowBehind(t *testing.T) {
	t.Parallel()
	r := newRows()
	failure := errors.New("failure")
	r.set(nil, func(context.Context) error { return failure })
	n, err := node.New(r, config, quiet)
	require.NoError(t, err)
	require.ErrorIs(t, n.Join(t.Context()), failure)
	require.Empty(t, r.beats)
}

func TestAFencedNodeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		n := run(t, r, quiet)
		until(config.Heartbeat)
		require.NoError(t, r.ReleaseNode(t.Context(), n.ID))
		require.ErrorIs(t, <-n.ended, node.ErrFenced)
	})
}

func TestAFailedBeatIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		var log output
		n := run(t, r, slog.New(slog.NewTextHandler(&log, nil)))
		r.set(func(context.Context) error { return errors.New("connection lost") }, nil)
		until(3 * config.Heartbeat)
		require.Empty(t, n.ended)
		r.set(nil, nil)
		until(config.Heartbeat)
		last, _ := r.last(n.ID)
		require.Equal(t, time.Now(), last)
		n.stop()
		require.NoError(t, <-n.ended)
		for i, level := range []string{"INFO", "ERROR", "ERROR"} {
			require.Contains(t, log.String(), fmt.Sprintf("level=%s msg=\"heartbeat failed\" error=\"connection lost\" in_a_row=%d", level, i+1))
		}
	})
}

func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestABeatThatHangsLeavesTimeForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		n := run(t, r, quiet)
		r.set(hang, nil)
		until(config.Heartbeat + 1)
		r.set(nil, nil)
		until(config.DeadAfter - config.Heartbeat)
		last, _ := r.last(n.ID)
		require.Less(t, time.Since(last), config.DeadAfter, "it is not declared dead")
		require.NotEqual(t, time.Duration(0), last.Sub(time.Time{}))
		dead, err := r.TakeOver(t.Context(), uuid.New(), config.DeadAfter)
		require.NoError(t, err)
		require.Zero(t, dead)
		n.stop()
		require.NoError(t, <-n.ended)
	})
}

func TestALongTakeOverDoesNotKeepFromBeating(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		n := run(t, r, quiet)
		r.set(nil, hang)
		until(5 * config.DeadAfter)
		last, _ := r.last(n.ID)
		require.Equal(t, time.Now(), last)
		n.stop()
		require.NoError(t, <-n.ended, "the take-over ends with the node")
	})
}
