package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// collector is a collector, and the variables that have a gateway send to it.
func collector(t *testing.T) (*otlpsink.Sink, []string) {
	t.Helper()
	sink := otlpsink.New(100_000)
	server := httptest.NewServer(sink)
	t.Cleanup(server.Close)
	return sink, []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + server.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_BSP_SCHEDULE_DELAY=50",
		"OTEL_TRACES_SAMPLER=parentbased_always_on",
	}
}

// kindOf is a received span's place in the table; nil for none.
func kindOf(s *otlpsink.Span) *spans.Kind {
	kinds := map[string]trace.SpanKind{
		"internal": trace.SpanKindInternal, "server": trace.SpanKindServer, "client": trace.SpanKindClient,
		"producer": trace.SpanKindProducer, "consumer": trace.SpanKindConsumer,
	}
	return spans.Of(s.Name, kinds[s.Kind])
}

func isStatement(s *otlpsink.Span) bool { return s.Attributes["db.system.name"] != nil }

// outline is a tree without statements: a line a span, siblings by name.
func outline(n *otlpsink.Node) string {
	var b strings.Builder
	var draw func(n *otlpsink.Node, depth int)
	draw = func(n *otlpsink.Node, depth int) {
		mark := ""
		if n.Failed {
			mark = " !"
		}
		fmt.Fprintf(&b, "%s%s%s\n", strings.Repeat(" ", depth), n.Name, mark)
		below := slices.Clone(n.Children)
		slices.SortStableFunc(below, func(a, b *otlpsink.Node) int { return strings.Compare(a.Name, b.Name) })
		for _, c := range below {
			if !isStatement(&c.Span) {
				draw(c, depth+1)
			}
		}
	}
	draw(n, 0)
	return b.String()
}

const delivered = `  deliver %[1]s
   attempt POST
   queue
   record
   render
    adapter render
`

// failedOnce is the part of a tree that a failed attempt makes.
var failedOnce = strings.NewReplacer("deliver %[1]s\n", "deliver %[1]s !\n", "attempt POST\n", "attempt POST !\n").Replace(delivered)

// treeOf is what a trace must look like, below a request of its own.
func treeOf(eventType string, attempts ...string) string {
	return fmt.Sprintf("POST /v1/events\n publish %[1]s\n  commit\n"+strings.Join(attempts, "")+"  match\n", eventType)
}

// waitTree waits until a trace is one tree of a form, and returns its root.
func waitTree(t *testing.T, sink *otlpsink.Sink, traceID, want string) *otlpsink.Node {
	t.Helper()
	var roots []*otlpsink.Node
	have := func() string {
		var all []string
		for _, r := range roots {
			all = append(all, outline(r))
		}
		return strings.Join(all, "---\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := sink.WaitFor(ctx, traceID, func([]otlpsink.Span) bool { roots = sink.Tree(traceID); return have() == want })
	require.NoError(t, err, "want\n%s\nhave\n%s", want, have())
	checkTable(t, sink.Trace(traceID))
	return roots[0]
}

// checkTable holds spans to the definitions.
func checkTable(t *testing.T, all []otlpsink.Span) {
	t.Helper()
	for _, s := range all {
		k := kindOf(&s)
		require.NotNil(t, k, "span %q (%s) is not in the table: %v", s.Name, s.Kind, s.Attributes)
		for key := range s.Attributes {
			require.Contains(t, k.Attributes, attribute.Key(key), "span %q has an attribute that is not in the table", s.Name)
		}
		if slices.Contains(k.Attributes, spans.AccountID) && s.Service == "switchhook" {
			require.NotEmpty(t, s.Attributes[string(spans.AccountID)], s.Name)
		}
		for _, e := range s.Events {
			i := slices.IndexFunc(k.Events, func(d spans.Event) bool { return d.Name == e.Name })
			require.GreaterOrEqual(t, i, 0, "%q has an event %q that is not in the table", s.Name, e.Name)
			for key := range e.Attributes {
				require.Contains(t, k.Events[i].Attributes, attribute.Key(key), "event %q", e.Name)
			}
		}
		for _, l := range s.Links {
			require.Contains(t, k.Links, l.Attributes[string(spans.Link)], "%q", s.Name)
		}
	}
}

// byAttempt are the deliver spans below a root by their number of attempt.
func byAttempt(root *otlpsink.Node) map[int64]*otlpsink.Node {
	out := map[int64]*otlpsink.Node{}
	for _, n := range root.Find("publish order.created").Children {
		if strings.HasPrefix(n.Name, "deliver ") {
			out[n.Attributes["switchhook.attempt"].(int64)] = n
		}
	}
	return out
}

func requireLink(t *testing.T, n *otlpsink.Node, why, spanID string) {
	t.Helper()
	require.Len(t, n.Links, 1)
	require.Equal(t, why, n.Links[0].Attributes["switchhook.link"])
	require.Equal(t, n.TraceID, n.Links[0].TraceID)
	require.Equal(t, spanID, n.Links[0].SpanID)
}

// retryAfter are a subscription's settings.
func retryAfter(seconds float64, attempts int) map[string]any {
	return map[string]any{"retry": map[string]any{"schedule_seconds": []float64{seconds}, "max_attempts": attempts}}
}

func failFirst(n int, w http.ResponseWriter, _ *http.Request) {
	if n == 1 {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func TestOneTreeFromPublishToRecord(t *testing.T) {
	t.Parallel()
	sink, env := collector(t)
	g := startGateway(t, "", env...)
	r := newReceiver(t, nil)
	g.do("POST", "/callbell/v1/webhooks/subscribe", `{"url":"`+r.URL+`/hush?token=hush-4711","subscriptions":["message_created"]}`, callbellHeaders...).
		requireStatus(t, http.StatusOK)
	// The publisher's own trace goes on, and its baggage does not.
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	a := g.do("POST", "/v1/events", `{"type":"message.received","data":`+messageReceived+`}`, "Authorization: Bearer "+operatorKey,
		"Content-Type: application/json", "Traceparent: "+parent, "Baggage: secret=1")
	a.requireStatus(t, http.StatusAccepted)
	got := r.wait(t, 1)[0]
	require.Empty(t, got.header.Get("Baggage"))
	traceID := parent[3:35]
	require.Equal(t, traceID, got.header.Get("Traceparent")[3:35])

	want := strings.ReplaceAll(treeOf("message.received", delivered), "deliver message.received", "deliver message_created")
	root := waitTree(t, sink, traceID, want)
	deliver := root.Find("deliver message_created")
	require.Equal(t, "switchhook-adapter-callbell", deliver.Find("adapter render").Service, "the plugin's own span")
	attempt := deliver.Find("attempt POST")
	require.Equal(t, got.header.Get("Traceparent")[36:52], attempt.SpanID, "the receiver's parent is the attempt")
	var events []string
	for _, e := range attempt.Events {
		events = append(events, e.Name)
	}
	require.Subset(t, events, []string{"connect", "first_byte", "body"})
	require.EqualValues(t, http.StatusOK, attempt.Attributes["http.response.status_code"])
	require.Equal(t, r.URL+"/REDACTED", attempt.Attributes["url.full"], "a path or query may be a secret")
	require.EqualValues(t, 1, deliver.Attributes["switchhook.attempt"])
	require.Equal(t, "delivered", deliver.Attributes["switchhook.delivery.status"])
	require.Empty(t, deliver.Links)

	// The store's work on the commit stands below it.
	var statements []string
	for _, c := range root.Find("commit").Children {
		statements = append(statements, c.Name)
	}
	require.Contains(t, statements, "INSERT events")
	require.Contains(t, statements, "COMMIT transaction")
}

func TestARetryLinksToTheAttemptBefore(t *testing.T) {
	t.Parallel()
	sink, env := collector(t)
	g := startGateway(t, "", env...)
	r := newReceiver(t, failFirst)
	g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"order.*"}, "delivery": retryAfter(1, 3)})
	d := g.waitDelivery(g.publish("order.created", `{}`), "delivered")
	root := waitTree(t, sink, d.TraceID, treeOf("order.created", failedOnce, delivered))
	both := byAttempt(root)
	require.EqualValues(t, 500, both[1].Find("attempt POST").Attributes["http.response.status_code"])
	require.Equal(t, "500", both[1].Find("attempt POST").Attributes["error.type"])
	require.Equal(t, "retrying", both[1].Attributes["switchhook.delivery.status"])
	requireLink(t, both[2], "previous_attempt", both[1].Find("attempt POST").SpanID)
	require.EqualValues(t, 1, both[2].Find("attempt POST").Attributes["http.request.resend_count"])
	got := r.got()
	require.Equal(t, both[1].Find("attempt POST").SpanID, got[0].header.Get("Traceparent")[36:52])
	require.Equal(t, both[2].Find("attempt POST").SpanID, got[1].header.Get("Traceparent")[36:52])
	// It waited from when it was due, not from when it failed.
	queue := both[2].Find("queue")
	require.False(t, queue.Start.Before(both[1].End), "%s", root)
}

// The trace goes on in the process after, and on another node.
func TestTheTraceOutlivesTheGateway(t *testing.T) {
	t.Parallel()
	subscribe := func(g *gateway, r *receiver) {
		g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"order.*"}, "delivery": retryAfter(2, 3)})
	}
	check := func(t *testing.T, sink *otlpsink.Sink, traceID string) {
		t.Helper()
		both := byAttempt(waitTree(t, sink, traceID, treeOf("order.created", failedOnce, delivered)))
		requireLink(t, both[2], "previous_attempt", both[1].Find("attempt POST").SpanID)
	}
	t.Run("Restart", func(t *testing.T) {
		t.Parallel()
		sink, env := collector(t)
		g := startGateway(t, "", env...)
		r := newReceiver(t, failFirst)
		subscribe(g, r)
		id := g.publish("order.created", `{}`)
		d := g.waitDelivery(id, "retrying")
		waitTree(t, sink, d.TraceID, treeOf("order.created", failedOnce))
		require.Equal(t, -1, g.stop(syscall.SIGKILL))
		g.start()
		g.waitDelivery(id, "delivered")
		check(t, sink, d.TraceID)
	})
	t.Run("TakeOver", func(t *testing.T) {
		t.Parallel()
		sink, env := collector(t)
		env = append(env, "SWITCHHOOK_SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
		database := storetest.Postgres(t).Reveal()
		g := startGateway(t, database, env...)
		r := newReceiver(t, failFirst)
		subscribe(g, r)
		id := g.publish("order.created", `{}`)
		d := g.waitDelivery(id, "retrying")
		waitTree(t, sink, d.TraceID, treeOf("order.created", failedOnce))
		require.Equal(t, -1, g.stop(syscall.SIGKILL))
		startGateway(t, database, env...).waitDelivery(id, "delivered")
		check(t, sink, d.TraceID)
	})
}

func TestAReplayStaysInTheTraceOfItsEvent(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		sink, env := collector(t)
		g := startGateway(t, database, env...)
		r := newReceiver(t, failFirst)
		g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"order.*"}, "delivery": retryAfter(1, 1)})
		began := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		d := g.waitDelivery(g.publish("order.created", `{}`), "dead")
		waitTree(t, sink, d.TraceID, treeOf("order.created", failedOnce))
		var job struct{ ID string }
		g.unified(http.StatusAccepted, "POST", "/v1/replays", fmt.Sprintf(`{"from":%q,"statuses":"failed"}`, began)).decode(t, &job)
		r.wait(t, 2)
		root := waitTree(t, sink, d.TraceID, treeOf("order.created", failedOnce, delivered))
		for _, n := range root.Find("publish order.created").Children {
			if n.Attributes["switchhook.delivery.status"] == "delivered" {
				require.Equal(t, job.ID, n.Attributes["switchhook.replay.id"])
				requireLink(t, n, "replayed", root.Find("publish order.created").SpanID)
				return
			}
		}
		require.Fail(t, "no replayed delivery", "%s", root)
	})
}
