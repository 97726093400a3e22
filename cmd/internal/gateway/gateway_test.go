package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/proc"
	"github.com/switchhook/switchhook/cmd/internal/proc/proctest"
)

func TestLogTailFindsTheAddress(t *testing.T) {
	t.Parallel()
	l := newLogTail()
	for _, part := range []string{
		"not JSON\n", `{"msg":"ready to start","listen":"no"}` + "\n", `{"msg":"re`, `ady","listen":"127.0.0.1:42"}` + "\n",
		`{"msg":"ready","listen":"127.0.0.1:43"}` + "\n",
	} {
		n, err := io.WriteString(l, part)
		require.NoError(t, err)
		require.Equal(t, len(part), n)
	}
	require.Equal(t, "127.0.0.1:42", <-l.listening)
	require.Empty(t, l.listening)
}

func TestLogTailIsBounded(t *testing.T) {
	t.Parallel()
	l := newLogTail()
	for range 10 {
		_, _ = io.WriteString(l, strings.Repeat("x", maxTail-1))
	}
	_, _ = io.WriteString(l, "end")
	require.Len(t, l.String(), maxTail)
	require.True(t, strings.HasSuffix(l.String(), "xend"))
	require.LessOrEqual(t, len(l.line), maxTail)
}

func TestStartReportsWhatFails(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Binary: "/nowhere/switchhook"})
	require.ErrorContains(t, err, "start the gateway")
	script := filepath.Join(t.TempDir(), "switchhook")
	proctest.Script(t, script, "echo no database >&2\nexit 3\n")
	_, err = Start(t.Context(), Options{Binary: script})
	require.ErrorContains(t, err, "ended at its start: exit status 3; its log ends:\nno database")
}

func TestBodies(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !json.Valid(body) {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		got = append(got, fmt.Sprint(r.URL.Path, " ", r.Header.Get("Content-Type"), " ", string(body)))
		switch {
		case r.URL.Path == "/v1/subscriptions":
			w.WriteHeader(http.StatusCreated)
		case len(got) == 4:
			http.Error(w, "full", http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	defer server.Close()
	g := &Gateway{base: server.URL, client: server.Client()}
	require.NoError(t, g.Subscribe(t.Context(), "standard", "http://127.0.0.1/hook/0", "a.b"))
	require.NoError(t, g.Publish(t.Context(), Event{Type: "a.b", Data: []byte(`{"n":1}`)}))
	require.NoError(t, g.PublishBatch(t.Context(), []Event{{"1", "a", []byte("7")}, {"2", "b", []byte("8")}}))
	require.EqualError(t, g.Publish(t.Context(), Event{Type: "a.b", Data: []byte(`1`)}), "the gateway answers 503 to POST /v1/events: full\n")
	require.Equal(t, []string{
		`/v1/subscriptions application/json {"events":["a.b"],"provider":"standard","url":"http://127.0.0.1/hook/0"}`,
		`/v1/events application/json {"type":"a.b","data":{"n":1}}`,
		`/v1/events application/cloudevents-batch+json [{"specversion":"1.0","id":"1","source":"/load","type":"a","datacontenttype":"application/json","data":7},` +
			`{"specversion":"1.0","id":"2","source":"/load","type":"b","datacontenttype":"application/json","data":8}]`,
		`/v1/events application/json {"type":"a.b","data":1}`,
	}, got)
}

func TestAcceptReadsTheAnswer(t *testing.T) {
	t.Parallel()
	var bodies []string
	answers := []string{`{"id":"k-1","cloudevent_id":"e-1","duplicate":true}`, `{"id":""}`, `no JSON`}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		if len(bodies) > len(answers) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, answers[len(bodies)-1])
	}))
	defer server.Close()
	g := &Gateway{base: server.URL, client: server.Client()}
	e := Event{ID: "e-1", Type: "a.b", Data: []byte(`{"n":1}`)}
	a, err := g.Accept(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, Accepted{ID: "k-1", Duplicate: true}, a)
	require.Equal(t, `{"id":"e-1","source":"/load","type":"a.b","data":{"n":1}}`, bodies[0])
	for range 2 {
		_, err = g.Accept(t.Context(), e)
		require.ErrorContains(t, err, "is not understood")
	}
	_, err = g.Accept(t.Context(), e)
	var refused *RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, RefusedError{
		Method: "POST", Path: "/v1/events", Status: 503, ContentType: "application/problem+json", RetryAfter: "7", Body: []byte{},
	}, *refused)
}

func TestDeliveriesReadsEveryPage(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		if r.URL.Query().Get("cursor") == "" {
			_, _ = io.WriteString(w, `{"items":[{"id":"1","event_id":"a","status":"dead","attempts":[{"number":1},{"number":2,"response_status":500}]}],"next_cursor":"c/1"}`)
			return
		}
		_, _ = io.WriteString(w, `{"items":[{"id":"2","event_id":"b","subscription_id":"s","status":"pending","attempts":[]}],"next_cursor":null}`)
	}))
	defer server.Close()
	g := &Gateway{base: server.URL, client: server.Client()}
	var got []Delivery
	all := func(page []Delivery) bool { got = append(got, page...); return true }
	require.NoError(t, g.Deliveries(t.Context(), all, "dead", "pending"))
	require.Equal(t, []Delivery{
		{ID: "1", EventID: "a", Status: "dead", Attempts: []Attempt{{Number: 1}, {Number: 2, ResponseStatus: 500}}},
		{ID: "2", EventID: "b", SubscriptionID: "s", Status: "pending", Attempts: []Attempt{}},
	}, got)
	require.NoError(t, g.Deliveries(t.Context(), func([]Delivery) bool { return false }))
	require.Equal(t, []string{
		"/v1/deliveries?limit=100&status=dead%2Cpending", "/v1/deliveries?cursor=c%2F1&limit=100&status=dead%2Cpending", "/v1/deliveries?limit=100",
	}, asked)
}

// script is a program in the place of the gateway's binary.
func script(t *testing.T, text string) Options {
	t.Helper()
	file := filepath.Join(t.TempDir(), "switchhook")
	proctest.Script(t, file, text)
	return Options{Binary: file}
}

func TestKill(t *testing.T) {
	t.Parallel()
	g, err := Launch(t.Context(), script(t, "exec sleep 60\n"))
	require.NoError(t, err)
	require.NoError(t, g.Pause())
	require.NoError(t, g.Resume())
	select {
	case <-g.Exited():
		t.Fatal("it ended")
	default:
	}
	require.NoError(t, g.Kill())
	<-g.Exited()
	require.EqualError(t, g.Err(), "signal: killed")
	require.NoError(t, g.Stop(), "its end is no surprise")
	require.NoError(t, g.Orphans())
}

// A paused process can be stopped too.
func TestStopWhilePaused(t *testing.T) {
	t.Parallel()
	g, err := Launch(t.Context(), script(t, "exec sleep 60\n"))
	require.NoError(t, err)
	require.NoError(t, g.Pause())
	require.ErrorContains(t, g.Stop(), "signal: terminated")
}

func TestOrphansAreFoundAndEnded(t *testing.T) {
	t.Parallel()
	g, err := Launch(t.Context(), script(t, "sleep 60 >&- 2>&- &\nexec sleep 60 2>&-\n"))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		children, err := proc.Children(g.PID, "sleep", "60")
		require.NoError(t, err)
		return len(children) == 1 || !proc.Supported()
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, g.Kill())
	if proc.Supported() {
		require.ErrorContains(t, g.Orphans(), "were left behind")
	}
	require.Eventually(t, func() bool {
		left, err := proc.Group(g.PID)
		require.NoError(t, err)
		return len(left) == 0
	}, 10*time.Second, time.Millisecond)
}
