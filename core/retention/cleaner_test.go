package retention_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/goleak"

	"github.com/switchhook/switchhook/core/retention"
	"github.com/switchhook/switchhook/core/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// call is one of the cleaner's to its store.
type call struct {
	what string
	at   time.Duration // since the test began
	retention.Window
}

// rows is a store whose accounts have so many old rows a table.
type rows struct {
	began time.Time
	// took is how long a step takes.
	took time.Duration

	mu       sync.Mutex
	accounts []uuid.UUID
	old      map[uuid.UUID]int // deliveries; events are as many
	calls    []call
	answers  int // that have expired
	audit    int // old entries of the audit log
	replays  int // that ended long ago
	// statistics are old minutes.
	statistics       int
	statisticsBefore time.Time
	// spans are rows of one byte.
	spans       int64
	spansBefore time.Time
	// auditBefore and replaysBefore are what was called old.
	auditBefore, replaysBefore time.Time
	fail                       error
	size                       retention.Size
}

func newRows(old ...int) *rows {
	r := &rows{began: time.Now(), old: map[uuid.UUID]int{}}
	for i, n := range old {
		id := uuid.UUID{1, byte(i >> 8), byte(i)}
		r.accounts = append(r.accounts, id)
		r.old[id] = n
	}
	return r
}

func (r *rows) note(what string, w retention.Window) error {
	r.calls = append(r.calls, call{what, time.Since(r.began), w})
	return r.fail
}

func (r *rows) AccountsBefore(_ context.Context, t time.Time, after uuid.UUID, limit int) ([]uuid.UUID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []uuid.UUID
	for _, id := range r.accounts {
		if r.old[id] > 0 && bytes.Compare(id[:], after[:]) > 0 && len(out) < limit {
			out = append(out, id)
		}
	}
	return out, r.note("accounts", retention.Window{Before: t, After: after, Limit: limit})
}

func (r *rows) RemoveDeliveries(ctx context.Context, w retention.Window) (retention.Step, error) {
	return r.remove(ctx, "deliveries", w, func(n int) retention.Step {
		return retention.Step{Deliveries: n, Attempts: 2 * n, Expired: 1}
	})
}

func (r *rows) RemoveEvents(ctx context.Context, w retention.Window) (retention.Step, error) {
	return r.remove(ctx, "events", w, func(n int) retention.Step { return retention.Step{Events: n} })
}

// remove removes rows that are numbered from 1 in their ids' last byte.
func (r *rows) remove(ctx context.Context, what string, w retention.Window, did func(n int) retention.Step) (retention.Step, error) {
	select {
	case <-ctx.Done():
		return retention.Step{}, ctx.Err()
	case <-time.After(r.took):
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.note(what, w); err != nil {
		return retention.Step{}, err
	}
	first := int(w.After[15])
	last := min(first+w.Limit, r.old[w.AccountID])
	step := did(last - first)
	if last < r.old[w.AccountID] {
		step.Next[15] = byte(last)
	} else if what == "events" {
		r.old[w.AccountID] = 0
	}
	return step, nil
}

func (r *rows) RemoveAnswers(_ context.Context, limit int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(limit, r.answers)
	r.answers -= n
	return n, r.note("answers", retention.Window{Limit: limit})
}

func (r *rows) RemoveAudit(_ context.Context, before time.Time, limit int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.auditBefore = before
	n := min(limit, r.audit)
	r.audit -= n
	return n, r.note("audit", retention.Window{Limit: limit})
}

func (r *rows) RemoveReplays(_ context.Context, before time.Time, limit int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replaysBefore = before
	n := min(limit, r.replays)
	r.replays -= n
	return n, r.note("replays", retention.Window{Limit: limit})
}

func (r *rows) RemoveStatistics(_ context.Context, before time.Time, limit int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statisticsBefore = before
	n := min(limit, r.statistics)
	r.statistics -= n
	return n, r.note("statistics", retention.Window{Limit: limit})
}

func (r *rows) RemoveSpans(_ context.Context, before time.Time, limit int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spansBefore = before
	return 0, r.note("spans", retention.Window{Limit: limit})
}

func (r *rows) RemoveSpansBeyond(_ context.Context, bytes int64, limit int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := int(min(int64(limit), max(r.spans-bytes, 0)))
	r.spans -= int64(n)
	return n, r.note("spans beyond", retention.Window{Limit: limit})
}

func (r *rows) Backlog(context.Context) (map[uuid.UUID]int64, error) {
	return map[uuid.UUID]int64{{1}: 3, {2}: 4}, nil
}

func (r *rows) Size(context.Context) (retention.Size, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.size, r.note("size", retention.Window{})
}

// made returns the calls so far, of some kinds, and forgets all.
func (r *rows) made(kinds ...string) []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.DeleteFunc(r.calls, func(c call) bool { return !slices.Contains(kinds, c.what) })
	r.calls = nil
	return out
}

func (r *rows) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// until lets the bubble's clock go on.
func until(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // of the bubble's clock
	synctest.Wait()
}

const age, interval = 30 * 24 * time.Hour, time.Minute

// start runs a cleaner until the test ends or stop is called.
func start(t *testing.T, r *rows, change ...func(*retention.Config, *retention.Deps)) (stop func()) {
	t.Helper()
	cfg := retention.Config{Age: age, Interval: interval, Step: 10}
	deps := retention.Deps{
		Store: r, Meter: noop.Meter{}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: func() float64 { return 0.5 },
	}
	for _, c := range change {
		c(&cfg, &deps)
	}
	c, err := retention.New(cfg, deps)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(stop)
	return stop
}

func TestAPassTakesStepsToTheEndOfEveryAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRows(25, 0, 10)
		start(t, r)
		until(interval + time.Second)
		got := r.made("accounts", "deliveries", "events")
		want := []struct {
			what    string
			account int
			after   byte
		}{
			{"accounts", -1, 0},
			{"deliveries", 0, 0},
			{"deliveries", 0, 10},
			{"deliveries", 0, 20},
			{"events", 0, 0},
			{"events", 0, 10},
			{"events", 0, 20},
			{"deliveries", 2, 0},
			{"events", 2, 0},
		}
		require.Len(t, got, len(want))
		for i, w := range want {
			require.Equal(t, w.what, got[i].what)
			require.Equal(t, uuid.UUID{15: w.after}, got[i].After)
			require.Equal(t, r.began.Add(interval-age), got[i].Before, "one bound for the whole pass")
			if w.account >= 0 {
				require.Equal(t, r.accounts[w.account], got[i].AccountID)
				require.Equal(t, 10, got[i].Limit)
			}
		}
		until(interval)
		require.Len(t, r.made("accounts", "deliveries", "events"), 1, "nothing old is left: the next pass only looks")
	})
}

func TestManyAccountsAreListedInPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		old := make([]int, 600)
		for i := range old {
			old[i] = 1
		}
		r := newRows(old...)
		start(t, r)
		until(interval + time.Second)
		for id, n := range r.old {
			require.Zero(t, n, id)
		}
		require.Len(t, r.made("accounts"), 3)
	})
}

func TestTheWriterRestsBetweenSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRows(40)
		r.took = 20 * time.Millisecond
		start(t, r)
		until(2 * interval)
		steps := r.made("deliveries", "events")
		require.Len(t, steps, 8)
		for i := range steps[1:] {
			require.Equal(t, 200*time.Millisecond, steps[i+1].at-steps[i].at, "of which the step takes a tenth")
		}
	})
}

func TestWaitsHaveJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		var random atomic.Int64
		start(t, r, func(_ *retention.Config, d *retention.Deps) {
			d.Random = func() float64 { return float64(random.Load()) }
		})
		synctest.Wait()
		random.Store(1)
		until(interval / 2)
		require.Len(t, r.made("accounts"), 1, "the least wait is half of the interval")
		until(interval*3/2 - 1)
		require.Empty(t, r.made("accounts"))
		until(1)
		require.Len(t, r.made("accounts"), 1, "the greatest is one and a half")
	})
}

func TestAgeZeroKeepsAllAndStillMeasures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRows(5)
		start(t, r, func(c *retention.Config, _ *retention.Deps) { c.Age = 0 })
		until(10*interval + time.Second)
		calls := r.made("accounts", "deliveries", "events", "size")
		require.Len(t, calls, 11)
		for _, c := range calls {
			require.Equal(t, "size", c.what)
		}
	})
}

func TestAFailedPassIsLoggedAndTheNextComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRows(5)
		var log bytes.Buffer
		r.fail = errors.New("disk on fire")
		stop := start(t, r, func(_ *retention.Config, d *retention.Deps) { d.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		until(interval + time.Second)
		r.set(func() { r.fail = nil })
		until(2 * interval)
		stop()
		require.Zero(t, r.old[r.accounts[0]])
		require.Contains(t, log.String(), `msg="cannot remove old events" error="disk on fire"`)
		require.Contains(t, log.String(), `msg="cannot read the store's size" error="disk on fire"`)
		require.Contains(t, log.String(), `msg="removed what is older than retention.age" events=5 deliveries=5 attempts=10 expired=1`)
		require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("msg=\"removed")), "a pass that removed nothing says nothing")
	})
}

func TestItEndsInAStepAndInARest(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]time.Duration{"wait": interval - 1, "step": interval + time.Second, "rest": interval + time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRows(20)
				r.took = 10 * time.Second
				var log bytes.Buffer
				stop := start(t, r, func(_ *retention.Config, d *retention.Deps) {
					d.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
				})
				until(at)
				stop()
				require.Equal(t, at, time.Since(r.began), "at once")
				require.Empty(t, log.String(), "a stop is no failure")
			})
		})
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	tel, err := telemetry.Setup(t.Context(), telemetry.Options{ServiceName: "test", Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tel.Shutdown(context.Background())) })
	scrape := func() string {
		w := httptest.NewRecorder()
		tel.MetricsHandler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		return w.Body.String()
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRows(25)
		r.answers, r.audit, r.replays = 3, 12, 21
		r.size = retention.Size{Parts: map[string]int64{"database": 4096, "wal": 32}, Free: 1024, Oldest: r.began.Add(-time.Hour)}
		start(t, r, func(c *retention.Config, d *retention.Deps) {
			d.Meter = tel.MeterProvider().Meter("test")
			c.AuditAge, c.ReplayAge = age, age
		})
		synctest.Wait()
		got := scrape()
		for _, want := range []string{
			`switchhook_store_size_bytes{part="database"} 4096`, `switchhook_store_size_bytes{part="wal"} 32`,
			`switchhook_store_free_bytes 1024`, `switchhook_store_oldest_event_age_seconds 3600`, `switchhook_store_backlog 7`,
		} {
			require.Contains(t, got, want)
		}
		r.set(func() { r.size = retention.Size{Parts: map[string]int64{"events": 8192}, Free: -1} })
		until(interval + time.Second)
		got = scrape()
		for _, want := range []string{
			`switchhook_store_size_bytes{part="events"} 8192`,
			`switchhook_retention_removed_total{table="events"} 25`, `switchhook_retention_removed_total{table="deliveries"} 25`,
			`switchhook_retention_removed_total{table="idempotency_keys"} 3`, `switchhook_retention_removed_total{table="audit_log"} 12`,
			`switchhook_retention_removed_total{table="replays"} 21`,
			`switchhook_retention_removed_total{table="attempts"} 50`, `switchhook_retention_expired_total 3`,
		} {
			require.Contains(t, got, want)
		}
		for _, gone := range []string{"switchhook_store_free_bytes", "switchhook_store_oldest", `part="wal"`} {
			require.NotContains(t, got, gone)
		}
	})
}

func TestExpiredAnswersAreRemovedInStepsWhateverTheAgeOfEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRows(5)
		r.answers = 25
		start(t, r, func(c *retention.Config, _ *retention.Deps) { c.Age = 0 })
		until(interval + time.Second)
		require.Len(t, r.made("answers"), 3)
		r.set(func() { require.Zero(t, r.answers) })
		until(interval)
		got := r.made("answers", "accounts")
		require.Len(t, got, 1, "the next pass looks once, and at no events")
		require.Equal(t, 10, got[0].Limit)
	})
}

func TestTheAuditLogAndReplaysHaveAgesOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const auditAge, replayAge = 48 * time.Hour, 24 * time.Hour
		r := newRows(5)
		r.audit, r.replays = 25, 31
		start(t, r, func(c *retention.Config, _ *retention.Deps) { c.Age, c.AuditAge, c.ReplayAge = 0, auditAge, replayAge })
		until(interval + time.Second)
		calls := r.made("audit", "replays", "accounts")
		require.Len(t, calls, 3+4, "no events")
		for _, c := range calls {
			require.Equal(t, 10, c.Limit)
		}
		r.set(func() {
			require.Zero(t, r.audit)
			require.Zero(t, r.replays)
			require.Equal(t, r.began.Add(interval-auditAge), r.auditBefore)
			require.Equal(t, r.began.Add(interval-replayAge), r.replaysBefore)
		})
	})
}

func TestAgesOfZeroKeepTheAuditLogAndReplays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		r.audit, r.replays = 5, 5
		start(t, r)
		until(3 * interval)
		require.Empty(t, r.made("audit", "replays"))
		r.set(func() { require.Equal(t, []int{5, 5}, []int{r.audit, r.replays}) })
	})
}

func TestSpansAndStatisticsHaveAgesAndABoundOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRows()
		r.spans, r.statistics = 95, 25
		stop := start(t, r, func(c *retention.Config, _ *retention.Deps) {
			c.StatisticsAge, c.SpanAge, c.SpanBytes = 2*time.Hour, time.Hour, 70
		})
		defer stop()
		until(interval)
		now := time.Now()
		r.set(func() {
			require.EqualValues(t, 70, r.spans)
			require.Zero(t, r.statistics)
			require.WithinDuration(t, now.Add(-time.Hour), r.spansBefore, time.Second)
			require.WithinDuration(t, now.Add(-2*time.Hour), r.statisticsBefore, time.Second)
		})
		require.Len(t, r.made("spans beyond"), 3)
	})
}
