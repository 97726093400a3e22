package main

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/cmd/internal/contract"
)

// contractRequests is how many requests each operation gets; -rapid.checks sets
// another number, for a longer run. Under the race detector, which makes each ten
// times as long, fewer do: it looks for races, not for answers.
func contractRequests() string {
	if raceDetector {
		return "40"
	}
	return "250"
}

// TestContract sends every operation of the unified API's document requests that
// are drawn from its schemas, good ones and bad ones, as an operator, as keys of
// an account and as nobody. No answer may be 500, and none beside the document.
//
// The requests are the same at every run. For a longer one, or another one:
//
//	go test ./cmd/switchhook -run TestContract -rapid.checks=5000 -rapid.seed=7 -timeout 60m
func TestContract(t *testing.T) {
	setUnlessGiven(t, "rapid.checks", contractRequests())
	setUnlessGiven(t, "rapid.seed", "1")
	setUnlessGiven(t, "rapid.nofailfile", "true")
	operations, err := contract.Operations()
	require.NoError(t, err)
	require.NotEmpty(t, operations)
	w := newContractWorld(t)
	for _, o := range operations {
		t.Run(o.ID, func(t *testing.T) {
			statuses := map[int]int{}
			rapid.Check(t, func(rt *rapid.T) {
				caller := rapid.SampledFrom(w.callers).Draw(rt, "caller")
				r := o.Draw(rt, w.names)
				a := w.send(rt, caller, r)
				statuses[a.status]++
				if a.status == http.StatusInternalServerError {
					rt.Fatalf("%s as %s: %d %s", r, caller.name, a.status, a.body)
				}
				if err := o.Check(t.Context(), a.status, a.header, a.body); err != nil {
					rt.Fatalf("%s as %s: %v", r, caller.name, err)
				}
				w.learn(o.Spec.Tags, a)
			})
			t.Log(statuses)
		})
	}
	require.NotContains(t, w.gateway.log.String(), "panic")
}

// setUnlessGiven sets a flag of the test binary that the command line does not.
func setUnlessGiven(t *testing.T, name, value string) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if !given {
		before := flag.Lookup(name).Value.String()
		require.NoError(t, flag.Set(name, value))
		t.Cleanup(func() { require.NoError(t, flag.Set(name, before)) })
	}
}

// caller is who sends a request.
type caller struct {
	name    string
	headers map[string]string
}

// contractWorld is a gateway with things in it, and who may call it.
type contractWorld struct {
	gateway *gateway
	callers []caller
	names   contract.Names
	// kept are the ids of the callers' own keys, which no request names, or they
	// would revoke themselves.
	kept []string
}

func newContractWorld(t *testing.T) *contractWorld {
	t.Helper()
	// What subscriptions name is this machine, where nobody listens.
	nobody := "127.0.0.1:1"
	g := startGateway(t, "", "SWITCHHOOK_EGRESS_RESOLVE=example.com:443="+nobody+",auth.example.com:443="+nobody)
	w := &contractWorld{gateway: g, names: contract.Names{}}
	g.unified(http.StatusCreated, "POST", "/v1/accounts", `{"name":"drawn"}`)
	bearer := func(key string) map[string]string { return map[string]string{"Authorization": "Bearer " + key} }
	operator := bearer(operatorKey)
	operator["Switchhook-Account"] = "drawn"
	everything, reader := w.newKey(t, operator, `{"name":"all","scopes":["*"]}`), w.newKey(t, operator, `{"name":"reader","scopes":["events:read"]}`)
	w.callers = []caller{
		{"operator of an account", operator},
		{"operator of an account", operator},
		{"operator", bearer(operatorKey)},
		{"account", bearer(everything)},
		{"account", bearer(everything)},
		{"reader", bearer(reader)},
		{"nobody", nil},
		{"stranger", bearer("swh_unknown")},
		{"account that names another", map[string]string{"Authorization": "Bearer " + everything, "Switchhook-Account": "default"}},
		{"operator of no account", map[string]string{"Authorization": "Bearer " + operatorKey, "Switchhook-Account": "nobody"}},
	}
	w.prepare(t)
	return w
}

// prepare makes what no drawn request would soon make: deliveries with attempts.
func (w *contractWorld) prepare(t *testing.T) {
	t.Helper()
	for _, c := range w.callers[:3] {
		headers := append(headerLines(c.headers), "Content-Type: application/json")
		for range 3 {
			for path, body := range map[string]string{
				"/v1/subscriptions": `{"url":"https://example.com/prepared"}`, "/v1/events": `{"type":"order.created","data":{"total":12.5}}`,
			} {
				a := w.gateway.do("POST", path, body, headers...)
				require.Less(t, a.status, 300, "%s", a.body)
			}
		}
		w.keep(t, w.gateway.do("GET", "/v1/keys", "", headers...))
		require.Eventually(t, func() bool {
			a := w.gateway.do("GET", "/v1/deliveries?status=retrying", "", headers...)
			w.learn([]string{"deliveries"}, a)
			return len(w.names["deliveries"]) > 0
		}, patience, 50*time.Millisecond)
	}
}

// keep remembers the keys of a list as the callers' own.
func (w *contractWorld) keep(t *testing.T, keys answer) {
	t.Helper()
	var v any
	keys.decode(t, &v)
	w.kept = append(w.kept, idsIn(v)...)
}

func (w *contractWorld) newKey(t *testing.T, as map[string]string, body string) string {
	t.Helper()
	var key struct{ Token string }
	a := w.gateway.do("POST", "/v1/keys", body, append(headerLines(as), "Content-Type: application/json")...)
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	a.decode(t, &key)
	return key.Token
}

func headerLines(headers map[string]string) (lines []string) {
	for name, value := range headers {
		lines = append(lines, name+": "+value)
	}
	return lines
}

func (w *contractWorld) send(t *rapid.T, as caller, r contract.Request) answer {
	headers := headerLines(as.headers)
	for name := range r.Header {
		headers = append(headers, name+": "+r.Header.Get(name))
	}
	if _, err := url.ParseRequestURI(r.Target); err != nil {
		t.Fatalf("no client can send this path, so it must not be drawn: %v", err)
	}
	a, err := w.gateway.send(w.gateway.t.Context(), r.Method, r.Target, r.Body, headers...)
	if err != nil {
		t.Fatalf("%s as %s: %v", r, as.name, err)
	}
	return a
}

// maxNames bounds the names of each kind.
const maxNames = 30

// learn remembers the ids in an answer, and its cursor, for the requests to come.
func (w *contractWorld) learn(tags []string, a answer) {
	var v any
	if a.status >= 300 || json.Unmarshal(a.body, &v) != nil {
		return
	}
	if list, ok := v.(map[string]any); ok {
		if cursor, ok := list["next_cursor"].(string); ok {
			w.names["cursor"] = []string{cursor}
		}
	}
	for _, id := range idsIn(v) {
		if slices.Contains(w.kept, id) {
			continue
		}
		for _, kind := range append([]string{""}, tags...) {
			if known := w.names[kind]; !slices.Contains(known, id) {
				w.names[kind] = append(known[max(0, len(known)-maxNames):], id)
			}
		}
	}
}

// idsIn are the ids that objects of a value have.
func idsIn(v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		if id, ok := v["id"].(string); ok && uuid.Validate(id) == nil {
			out = append(out, id)
		}
		for _, name := range []string{"items", "item"} {
			out = append(out, idsIn(v[name])...)
		}
	case []any:
		for _, item := range v {
			out = append(out, idsIn(item)...)
		}
	}
	return out
}
