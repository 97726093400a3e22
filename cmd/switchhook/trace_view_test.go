package main

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// named counts the spans of a name.
func named(t switchhook.Trace, name string, source switchhook.SpanSource) (n int) {
	for _, s := range t.Spans {
		if s.Name == name && s.Source == source {
			n++
		}
	}
	return n
}

// A delivery fails, its gateway is killed, it is retried twice: one look tells all.
// The first node records every trace, the second one none of its own.
func TestATraceHasEveryAttempt(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database, "OTEL_TRACES_SAMPLER=always_on", "SWITCHHOOK_TRACES_VIEWER_URL=https://jaeger.example/trace/{trace_id}")
		r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		g.subscribe("standard", r.URL, "order.created")
		event := g.publish("order.created", `{"order":"4711"}`)
		d := g.waitDelivery(event, "retrying")
		path := "/v1/deliveries/" + d.ID
		read := func() (out switchhook.Trace) {
			g.unified(http.StatusOK, "GET", path+"/trace", "").decode(t, &out)
			return out
		}
		require.Eventually(t, func() bool { return named(read(), "attempt POST", switchhook.SpanRecorded) == 1 }, patience, 50*time.Millisecond)
		var list switchhook.TraceList
		g.unified(http.StatusOK, "GET", "/v1/traces?errors=true", "").decode(t, &list)
		require.NotEmpty(t, list.Items)
		require.Equal(t, -1, g.stop(syscall.SIGKILL))
		g.env = append(g.env, "SWITCHHOOK_TRACES_STORE=false")
		g.start()
		g.unified(http.StatusAccepted, "POST", path+"/retry", "")
		r.wait(t, 2)
		require.Eventually(t, func() bool { return len(g.deliveries("event_id=" + event)[0].Attempts) == 2 }, patience, 20*time.Millisecond)
		require.Eventually(t, func() bool {
			a, err := g.send(t.Context(), "POST", path+"/retry", "", "Authorization: Bearer "+operatorKey)
			return err == nil && a.status == http.StatusAccepted
		}, patience, 20*time.Millisecond)
		g.waitDelivery(event, "delivered")

		got := read()
		require.True(t, got.Recorded)
		require.Equal(t, "https://jaeger.example/trace/"+got.TraceID, *got.ViewerURL)
		require.Equal(t, 1, named(got, "deliver order.created", switchhook.SpanRecorded))
		require.Equal(t, 2, named(got, "deliver order.created", switchhook.SpanStored))
		require.Equal(t, 1, named(got, "publish order.created", switchhook.SpanRecorded))
		require.Zero(t, named(got, "publish order.created", switchhook.SpanStored))
		failed := 0
		known := map[string]bool{}
		for _, s := range got.Spans {
			known[s.SpanID] = true
			if s.Status == switchhook.SpanFailed && s.Kind == switchhook.SpanConsumer {
				failed++
			}
		}
		require.Equal(t, 2, failed, "two attempts failed")
		for _, s := range got.Spans {
			for _, l := range s.Links {
				if l.Attributes["switchhook.link"] == "previous_attempt" {
					require.True(t, known[l.SpanID], "a retry leads to the attempt before")
				}
			}
		}
		var all, whole switchhook.Trace
		g.unified(http.StatusOK, "GET", "/v1/events/"+event+"/trace", "").decode(t, &all)
		require.Equal(t, got, all, "it is the event's only delivery")
		g.unified(http.StatusOK, "GET", "/v1/traces/"+got.TraceID, "").decode(t, &whole)
		require.GreaterOrEqual(t, len(whole.Spans), len(got.Spans), "what else the publisher's request did is in it, too")
		require.Equal(t, 2, named(whole, "deliver order.created", switchhook.SpanStored))
	})
}

// Two accounts publish under one trace id of their own choice.
func TestAccountsThatShareATraceSeeTheirOwn(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", "SWITCHHOOK_TRACES_SAMPLE_RATIO=0")
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	keys := map[string]string{}
	for _, name := range []string{"one", "two"} {
		g.unified(http.StatusCreated, "POST", "/v1/accounts", `{"name":"`+name+`"}`)
		var key struct{ Token string }
		a := g.do("POST", "/v1/keys", `{"name":"k","scopes":["*"]}`, "Authorization: Bearer "+operatorKey, "Content-Type: application/json", "Switchhook-Account: "+name)
		a.requireStatus(t, http.StatusCreated)
		a.decode(t, &key)
		keys[name] = key.Token
		g.do("POST", "/v1/events", `{"type":"order.`+name+`","data":1}`, "Authorization: Bearer "+key.Token,
			"Content-Type: application/json", "Traceparent: "+parent).requireStatus(t, http.StatusAccepted)
	}
	for name, other := range map[string]string{"one": "two", "two": "one"} {
		var got switchhook.Trace
		require.Eventually(t, func() bool {
			a := g.do("GET", "/v1/traces/"+parent[3:35], "", "Authorization: Bearer "+keys[name])
			if a.status != http.StatusOK {
				return false
			}
			got = switchhook.Trace{}
			a.decode(t, &got)
			return named(got, "publish order."+name, switchhook.SpanRecorded) == 1
		}, patience, 50*time.Millisecond)
		a := g.do("GET", "/v1/traces/"+parent[3:35], "", "Authorization: Bearer "+keys[name])
		require.NotContains(t, string(a.body), "order."+other)
		for _, s := range got.Spans {
			if id, has := s.Attributes["switchhook.account.id"]; has {
				require.Equal(t, got.Spans[0].Attributes["switchhook.account.id"], id)
			}
		}
	}
}

// Statistics are exact after a graceful stop, and add up over gateways.
func TestStatisticsAreExact(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		r := newReceiver(t, nil)
		g.subscribe("standard", r.URL, "order.created")
		const events = 30
		var last string
		for range 2 {
			for range events {
				last = g.publish("order.created", `1`)
			}
			g.do("POST", "/v1/events", `{"type":"switchhook.mine","data":1}`, "Authorization: Bearer "+operatorKey, "Content-Type: application/json").
				requireStatus(t, http.StatusBadRequest)
			g.waitDelivery(last, "delivered")
			require.Eventually(t, func() bool { return len(g.deliveries("status=delivered&limit=100")) == len(r.got()) }, patience, 20*time.Millisecond)
			require.Zero(t, g.stop(syscall.SIGTERM))
			g.start() // another node as far as the rows tell
		}
		for _, query := range []string{"", "&all=true"} {
			var got switchhook.Statistics
			g.unified(http.StatusOK, "GET", "/v1/statistics?step=86400"+query, "").decode(t, &got)
			var published, delivered, refused int64
			for _, n := range got.Items {
				published += n.Published
				delivered += n.Delivered
				refused += n.Refused
			}
			require.EqualValues(t, 2*events, published)
			require.EqualValues(t, 2*events, delivered)
			require.EqualValues(t, 2, refused)
		}
	})
}
