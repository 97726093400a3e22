package statistics_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/statistics"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestHistogramOfPartsIsThatOfTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		took := rapid.SliceOf(rapid.Int64Range(-int64(time.Second), int64(30*24*time.Hour))).Draw(t, "took")
		var whole statistics.Histogram
		var parts [2]statistics.Histogram
		for _, d := range took {
			whole.Observe(time.Duration(d))
			parts[rapid.IntRange(0, 1).Draw(t, "part")].Observe(time.Duration(d))
		}
		text, err := parts[1].AppendBinary(nil)
		require.NoError(t, err)
		var read statistics.Histogram
		require.NoError(t, read.UnmarshalBinary(text))
		parts[0].Merge(&read)
		require.Equal(t, whole, parts[0])
		require.EqualValues(t, len(took), whole.Count())
		last := time.Duration(0)
		for _, q := range []float64{-1, 0, 0.5, 0.95, 0.99, 1, 2} {
			at := whole.Quantile(q)
			require.GreaterOrEqual(t, at, last, "a larger share takes no less")
			last = at
		}
	})
}

func TestHistogramQuantiles(t *testing.T) {
	t.Parallel()
	var h statistics.Histogram
	require.Zero(t, h.Quantile(0.5))
	for i := range 1000 {
		h.Observe(time.Duration(i+1) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.95: 950 * time.Millisecond, 0.99: 990 * time.Millisecond} {
		require.InEpsilon(t, want, h.Quantile(q), 0.2, "%v", q)
	}
}

func FuzzHistogram(f *testing.F) {
	f.Add([]byte{3, 200, 1, 4, 1})
	f.Add([]byte{255})
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, again statistics.Histogram
		if h.UnmarshalBinary(b) != nil {
			return
		}
		text, err := h.AppendBinary(nil)
		require.NoError(t, err)
		require.NoError(t, again.UnmarshalBinary(text))
		require.Equal(t, h, again)
	})
}

// memory is a store that adds up as the database does.
type memory struct {
	mu      sync.Mutex
	rows    map[string]statistics.Row
	fail    error
	backlog map[uuid.UUID]int64
}

func (m *memory) AddStatistics(_ context.Context, rows []statistics.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for _, r := range rows {
		k := r.AccountID.String() + r.Node.String() + r.Minute.String()
		there := m.rows[k]
		r.Add(&there.Counts)
		m.rows[k] = r
	}
	return nil
}

func (m *memory) Statistics(_ context.Context, account uuid.UUID, from, to time.Time, each func(*statistics.Row)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.AccountID == account && !r.Minute.Before(from) && r.Minute.Before(to) {
			each(&r)
		}
	}
	return nil
}

func (m *memory) Backlog(context.Context) (map[uuid.UUID]int64, error) { return m.backlog, nil }

func (m *memory) setFail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func outcome(account uuid.UUID, at time.Time, status sdk.DeliveryStatus, failure string) *delivery.Outcome {
	return &delivery.Outcome{
		Delivery: delivery.Delivery{AccountID: account, Status: status, UpdatedAt: at},
		Attempt:  &delivery.Attempt{Attempt: sdk.Attempt{Error: failure}},
	}
}

func total(t *testing.T, m *memory, account uuid.UUID) statistics.Counts {
	t.Helper()
	q := statistics.Query{AccountID: account, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour), Step: 24 * time.Hour}
	q.Plan()
	series, err := statistics.Read(t.Context(), m, q)
	require.NoError(t, err)
	var sum statistics.Counts
	for i := range series.Items {
		sum.Add(&series.Items[i].Counts)
	}
	return sum
}

// Two nodes count at once, while the store now and then fails; nothing is lost and
// nothing is counted twice.
func TestCountsAreExactOverNodesAndOutages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		account, other := uuid.UUID{1}, uuid.UUID{2}
		m := &memory{rows: map[string]statistics.Row{}, backlog: map[uuid.UUID]int64{account: 4, other: 5}}
		ctx, cancel := context.WithCancel(t.Context())
		var running, counting sync.WaitGroup
		var nodes []*statistics.Recorder
		for n := range 2 {
			r := statistics.NewRecorder(m, uuid.UUID{9, byte(n)}, slog.New(slog.DiscardHandler), time.Now)
			nodes = append(nodes, r)
			running.Go(func() { r.Run(ctx) })
			for range 4 {
				counting.Go(func() {
					for i := range 300 {
						r.Published(account, 2)
						r.Refused(other, 1)
						r.Recorded(outcome(account, time.Now(), sdk.DeliveryDelivered, ""), time.Second)
						r.Recorded(outcome(account, time.Now(), sdk.DeliveryRetrying, "500"), 0)
						r.Recorded(outcome(account, time.Now(), sdk.DeliveryDead, "500"), 0)
						r.Recorded(&delivery.Outcome{Delivery: delivery.Delivery{AccountID: account, Held: true}}, 0)
						if i%50 == 0 {
							<-time.After(7 * time.Second)
						}
					}
				})
			}
		}
		for range 6 {
			<-time.After(5 * time.Second)
			m.setFail(errors.New("no disk"))
			<-time.After(5 * time.Second)
			m.setFail(nil)
		}
		counting.Wait()
		cancel()
		running.Wait()
		for _, r := range nodes {
			require.NoError(t, r.Flush(t.Context()))
			require.NoError(t, r.Flush(t.Context()), "what is written is not written again")
		}
		const n = 2 * 4 * 300
		got := total(t, m, account)
		require.EqualValues(t, n, got.Latency.Count())
		got.Latency = statistics.Histogram{}
		require.Equal(t, statistics.Counts{Published: 2 * n, Delivered: n, Dead: n, FailedAttempts: 2 * n, Backlog: 4}, got)
		require.Equal(t, statistics.Counts{Refused: n, Backlog: 5}, total(t, m, other))
		all := total(t, m, statistics.All)
		require.EqualValues(t, n, all.Latency.Count())
		require.EqualValues(t, 2*n, all.Published)
		require.EqualValues(t, n, all.Refused)
		require.EqualValues(t, 9, all.Backlog)
	})
}

// While nothing can be written memory does not grow for ever, and the log says so.
func TestCountsAreBounded(t *testing.T) {
	t.Parallel()
	var said lines
	m := &memory{rows: map[string]statistics.Row{}, fail: errors.New("no disk")}
	r := statistics.NewRecorder(m, uuid.UUID{9}, slog.New(slog.NewTextHandler(&said, nil)), time.Now)
	const accounts = 20_000
	for i := range accounts {
		r.Published(uuid.UUID{byte(i >> 8), byte(i), 1}, 1)
	}
	require.ErrorContains(t, r.Flush(t.Context()), "no disk")
	require.Contains(t, said.text, "lost=")
	m.setFail(nil)
	require.NoError(t, r.Flush(t.Context()))
	require.Less(t, len(m.rows), accounts)
}

type lines struct{ text string }

func (l *lines) Write(p []byte) (int, error) { l.text += string(p); return len(p), nil }

func TestPlan(t *testing.T) {
	t.Parallel()
	to := time.Date(2026, 11, 21, 10, 7, 30, 0, time.UTC)
	for ago, want := range map[time.Duration]time.Duration{
		time.Minute: time.Minute, 3 * time.Hour: time.Minute, 4 * time.Hour: 5 * time.Minute, 24 * time.Hour: 15 * time.Minute,
		7 * 24 * time.Hour: time.Hour, 30 * 24 * time.Hour: 6 * time.Hour, 100 * 365 * 24 * time.Hour: 7 * 24 * time.Hour,
	} {
		q := statistics.Query{From: to.Add(-ago), To: to}
		q.Plan()
		require.Equal(t, want, q.Step, "%s", ago)
		require.False(t, q.From.After(to.Add(-ago)))
		require.False(t, q.To.Before(to))
		require.Equal(t, q.To.Sub(q.From), time.Duration(q.Items())*q.Step)
	}
}

// BenchmarkRecorded is what an outcome costs the journal.
func BenchmarkRecorded(b *testing.B) {
	r := statistics.NewRecorder(&memory{rows: map[string]statistics.Row{}}, uuid.UUID{9}, slog.New(slog.DiscardHandler), time.Now)
	o := outcome(uuid.UUID{1}, time.Now(), sdk.DeliveryDelivered, "")
	b.ReportAllocs()
	for b.Loop() {
		r.Recorded(o, time.Second)
	}
}
