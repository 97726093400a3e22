package otlpsink_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func traceID(n byte) string { return fmt.Sprintf("%02x000000000000000000000000000000", n) }

// span makes a span of trace n; a parent of 0 makes a root.
func span(n byte, id, parent uint64, name string) *tracepb.Span {
	s := &tracepb.Span{
		TraceId: append([]byte{n}, make([]byte, 15)...), SpanId: binary.BigEndian.AppendUint64(nil, id),
		Name: name, StartTimeUnixNano: id * 1000, EndTimeUnixNano: id*1000 + 5_000_000,
	}
	if parent != 0 {
		s.ParentSpanId = binary.BigEndian.AppendUint64(nil, parent)
	}
	return s
}

func encode(t *testing.T, spans ...*tracepb.Span) []byte {
	t.Helper()
	b, err := proto.Marshal(&collectorpb.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{
		{ScopeSpans: []*tracepb.ScopeSpans{{Spans: spans}}},
	}})
	require.NoError(t, err)
	return b
}

func post(sink http.Handler, body []byte, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/traces", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-protobuf")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	sink.ServeHTTP(rec, r)
	return rec
}

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

func names(spans []otlpsink.Span) []string {
	var out []string
	for _, s := range spans {
		out = append(out, s.Name)
	}
	return out
}

func TestTreeOfSpansInAnyOrder(t *testing.T) {
	t.Parallel()
	sink := otlpsink.New(0)
	require.Equal(t, 200, post(sink, encode(t, span(1, 4, 2, "attempt"), span(1, 3, 2, "render"))).Code)
	require.Equal(t, 200, post(sink, gzipped(t, encode(t, span(1, 2, 1, "publish"), span(2, 9, 0, "other"))), "Content-Encoding", "gzip").Code)
	require.Equal(t, []string{"publish", "render", "attempt"}, names(sink.Trace(traceID(1))))
	roots := sink.Tree(traceID(1))
	require.Len(t, roots, 1, "a span whose parent is elsewhere is a root")
	require.Equal(t, "publish  5ms  ()\n├─ render  5ms  ()\n└─ attempt  5ms  ()\n", roots[0].String())
	require.Nil(t, roots[0].Find("other"))
	require.Equal(t, "attempt", roots[0].Find("attempt").Name)
	require.Empty(t, sink.Trace(traceID(7)))
	require.Empty(t, sink.Tree(traceID(7)))

	self := otlpsink.New(0)
	post(self, encode(t, span(1, 5, 5, "own parent")))
	require.Len(t, self.Tree(traceID(1)), 1)
	require.NotEmpty(t, self.Tree(traceID(1))[0].String())
}

func TestRepeatedBatchesCountOnce(t *testing.T) {
	t.Parallel()
	sink := otlpsink.New(0)
	for range 3 {
		post(sink, encode(t, span(1, 1, 0, "publish")))
	}
	require.Len(t, sink.Trace(traceID(1)), 1)
}

func TestOldTracesAreDropped(t *testing.T) {
	t.Parallel()
	sink := otlpsink.New(4)
	post(sink, encode(t, span(1, 1, 0, "a"), span(1, 2, 1, "b")))
	post(sink, encode(t, span(2, 1, 0, "a"), span(2, 2, 1, "b")))
	post(sink, encode(t, span(1, 3, 1, "c"))) // of the oldest trace: the other one goes
	require.Len(t, sink.Trace(traceID(1)), 3)
	require.Empty(t, sink.Trace(traceID(2)))
	require.Equal(t, []string{"a", "b", "c"}, names(sink.All()))
	for i := range uint64(10) { // one trace alone is cut
		post(sink, encode(t, span(3, i+1, 0, "x")))
	}
	require.Len(t, sink.Trace(traceID(3)), 4)
	require.Empty(t, sink.Trace(traceID(1)))
}

func TestBytesAreBounded(t *testing.T) {
	t.Parallel()
	sink := otlpsink.New(0)
	big := string(bytes.Repeat([]byte("x"), 3<<20))
	for n := range byte(40) {
		require.Equal(t, 200, post(sink, encode(t, span(n+1, 1, 0, big))).Code)
	}
	require.Empty(t, sink.Trace(traceID(1)))
	require.Empty(t, sink.Trace(traceID(19)))
	require.Len(t, sink.Trace(traceID(40)), 1)
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	sink := otlpsink.New(0)
	two := func(s []otlpsink.Span) bool { return len(s) == 2 }
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			spans, err := sink.WaitFor(ctx, traceID(1), two)
			if err != nil || len(spans) != 2 {
				t.Errorf("got %d spans, error %v", len(spans), err)
			}
		})
	}
	post(sink, encode(t, span(1, 1, 0, "publish")))
	post(sink, encode(t, span(1, 2, 1, "attempt")))
	wg.Wait()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := sink.WaitFor(ctx, traceID(9), two)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "has 0 spans")
}

func TestServeHTTPRefuses(t *testing.T) {
	t.Parallel()
	sink := otlpsink.New(0)
	good := encode(t, span(1, 1, 0, "publish"))
	require.Equal(t, 415, post(sink, good, "Content-Type", "application/json").Code)
	require.Equal(t, 415, post(sink, good, "Content-Encoding", "zstd").Code)
	require.Equal(t, 400, post(sink, good, "Content-Encoding", "gzip").Code)
	require.Equal(t, 400, post(sink, []byte("\xff\xff\xff")).Code)
	require.Equal(t, 400, post(sink, gzipped(t, good)[:20], "Content-Encoding", "gzip").Code)
	require.Equal(t, 413, post(sink, make([]byte, 5<<20)).Code)
	require.Equal(t, 413, post(sink, gzipped(t, make([]byte, 64<<20)), "Content-Encoding", "gzip").Code, "a gzip bomb")
	for method, want := range map[string]int{http.MethodGet: 405, http.MethodPut: 405} {
		rec := httptest.NewRecorder()
		sink.ServeHTTP(rec, httptest.NewRequest(method, "/v1/traces", nil))
		require.Equal(t, want, rec.Code)
	}
	rec := httptest.NewRecorder()
	sink.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/v1/metrics", nil))
	require.Equal(t, 404, rec.Code)
	require.Empty(t, sink.Trace(traceID(1)))

	bad := span(1, 1, 0, "x")
	bad.TraceId = []byte{1}
	rec = post(sink, encode(t, bad, span(1, 2, 0, "good")))
	require.Equal(t, 200, rec.Code)
	var res collectorpb.ExportTraceServiceResponse
	require.NoError(t, proto.Unmarshal(rec.Body.Bytes(), &res))
	require.Equal(t, int64(1), res.GetPartialSuccess().GetRejectedSpans())
	require.Len(t, sink.Trace(traceID(1)), 1)
}

func FuzzServeHTTP(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add([]byte{0x0a, 0x00}, true)
	f.Fuzz(func(t *testing.T, body []byte, zipped bool) {
		var header []string
		if zipped {
			header = []string{"Content-Encoding", "gzip"}
		}
		require.Contains(t, []int{200, 400, 413}, post(otlpsink.New(4), body, header...).Code)
	})
}
