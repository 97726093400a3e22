package tracestore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchhook/switchhook/core/tracestore"
	"github.com/switchhook/switchhook/core/waterfall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

var began = time.Date(2026, 11, 21, 9, 0, 0, 123, time.UTC)

func span(id, parent byte, account uuid.UUID, name string) *waterfall.Span {
	s := &waterfall.Span{
		TraceID: traceID, SpanID: fmt.Sprintf("%016x", id), Name: name, Kind: waterfall.Internal, Service: "switchhook",
		Start: began.Add(time.Duration(id)), Duration: time.Millisecond, Status: waterfall.Unset, Source: waterfall.Recorded, AccountID: account,
	}
	if parent != 0 {
		s.ParentSpanID = fmt.Sprintf("%016x", parent)
	}
	return s
}

// memory is a store of chunks.
type memory struct {
	mu     sync.Mutex
	chunks []tracestore.Chunk
	fail   error
}

func (m *memory) WriteSpans(_ context.Context, chunks []tracestore.Chunk) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.chunks = append(m.chunks, chunks...)
	}
	return m.fail
}

func (m *memory) TraceSpans(_ context.Context, accounts []uuid.UUID, id [16]byte, _ int) (out []tracestore.Chunk, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.chunks {
		for _, a := range accounts {
			if c.AccountID == a && c.TraceID == id {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

func (m *memory) Traces(context.Context, tracestore.Query) ([]tracestore.Summary, error) {
	return nil, errors.ErrUnsupported
}

func (m *memory) bytes() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.chunks {
		n += len(c.Data)
	}
	return n
}

func (m *memory) names(t *testing.T, accounts ...uuid.UUID) (names []string) {
	t.Helper()
	id, ok := waterfall.ParseTraceID(traceID)
	require.True(t, ok)
	spans, truncated, err := tracestore.Read(t.Context(), m, accounts, id)
	require.NoError(t, err)
	require.False(t, truncated)
	for _, s := range spans {
		names = append(names, s.Name)
	}
	return names
}

// run writes spans, group by group as they come a while apart.
func run(t *testing.T, m *memory, groups ...[]*waterfall.Span) {
	t.Helper()
	w := tracestore.NewWriter(1<<20, slog.New(slog.DiscardHandler), time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx, m) })
	for _, g := range groups {
		for _, s := range g {
			w.Take(s)
		}
		<-time.After(1500 * time.Millisecond)
	}
	cancel()
	running.Wait()
}

func TestSpansAreReadAsTheyWereTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := span(1, 9, uuid.UUID{1}, "deliver order.created")
		s.Kind, s.Status, s.StatusMessage, s.DeliveryID, s.Attempt = waterfall.Consumer, waterfall.Failed, "timeout", uuid.UUID{5}, 2
		s.Attributes = waterfall.Attributes{"a": "b", "n": int64(1) << 60, "f": 1.5, "yes": true}
		s.Events = []waterfall.Event{{Name: "dns", Time: began, Attributes: waterfall.Attributes{"ms": 0.25}}}
		s.Links = []waterfall.Link{{TraceID: traceID, SpanID: "00f067aa0ba902b7", Attributes: waterfall.Attributes{"why": "x"}}}
		m := &memory{}
		run(t, m, []*waterfall.Span{s})
		require.Len(t, m.chunks, 1)
		require.Equal(t, 1, m.chunks[0].Errors)
		got, err := m.chunks[0].Read()
		require.NoError(t, err)
		require.Equal(t, []waterfall.Span{*s}, got)
	})
}

// Two accounts publish with the same trace id. Each sees what is its own, and what
// is below that; what could be of either is nobody's.
func TestAccountsThatShareATraceIDSeeTheirOwnAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, two := uuid.UUID{1}, uuid.UUID{2}
		m := &memory{}
		run(t, m,
			[]*waterfall.Span{
				span(2, 1, one, "publish of one"), span(3, 2, uuid.Nil, "statement of one"), span(4, 1, two, "publish of two"),
				span(5, 4, uuid.Nil, "statement of two"), span(1, 0, uuid.Nil, "shared"),
			},
			// Its parent was written before, and the trace is of both.
			[]*waterfall.Span{span(6, 2, uuid.Nil, "late")})
		require.Equal(t, []string{"publish of one", "statement of one"}, m.names(t, one))
		require.Equal(t, []string{"publish of two", "statement of two"}, m.names(t, two))
		require.ElementsMatch(t, []string{"shared", "late"}, m.names(t, uuid.Nil))
	})
}

// A statement ends before the span that it is a part of, maybe in another group.
func TestSpansWaitForTheirAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := uuid.UUID{1}
		m := &memory{}
		run(t, m, []*waterfall.Span{span(3, 2, uuid.Nil, "statement")}, []*waterfall.Span{span(2, 1, one, "commit")}, []*waterfall.Span{span(4, 2, uuid.Nil, "later")})
		require.Equal(t, []string{"statement", "commit", "later"}, m.names(t, one))
		run(t, m, []*waterfall.Span{{TraceID: "no id"}, {TraceID: strings.Repeat("1", 32), SpanID: "1", ParentSpanID: "1"}})
		require.Len(t, m.chunks, 3, "nobody's is kept at the end, what has no trace is not")
	})
}

func TestSpansAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 1 << 20
		m := &memory{}
		w := tracestore.NewWriter(most, slog.New(slog.DiscardHandler), time.Now)
		for range 100_000 { // nobody writes: what does not fit is dropped, and nobody waits
			w.Take(span(1, 0, uuid.UUID{1}, strings.Repeat("x", 200)))
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.Run(ctx, m) })
		for range 20 {
			<-time.After(time.Second)
			for range 1000 {
				w.Take(span(1, 0, uuid.UUID{1}, strings.Repeat("x", 200)))
			}
		}
		cancel()
		running.Wait()
		require.Positive(t, m.bytes())
		require.LessOrEqual(t, m.bytes(), most/2, "a minute's share, of at most two minutes")
	})
}

func TestAStoreThatFailsIsToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		m := &memory{fail: errors.New("no disk")}
		w := tracestore.NewWriter(1<<20, slog.New(slog.NewTextHandler(&log, nil)), time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.Run(ctx, m) })
		for range 10 {
			w.Take(span(1, 0, uuid.UUID{1}, "x"))
			<-time.After(2 * time.Second)
		}
		cancel()
		running.Wait()
		require.Equal(t, 1, strings.Count(log.String(), "no disk"))
	})
}
