package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/contract"
)

// TestAPIExamples sends every example request of docs/api.md to a gateway. Ids in
// it become those of things that the document's own examples have made. The answer
// must have the status that the page shows, be what the document says and look
// like the page's.
func TestAPIExamples(t *testing.T) {
	t.Parallel()
	operations, err := contract.Operations()
	require.NoError(t, err)
	nobody := "=127.0.0.1:1"
	g := startGateway(t, "", "SWITCHHOOK_EGRESS_RESOLVE=example.com:443"+nobody+",auth.example.com:443"+nobody, "OTEL_TRACES_SAMPLER=always_on")
	w := &exampleWorld{gateway: g, operations: map[string]*contract.Operation{}}
	for _, o := range operations {
		w.operations[o.Method+" "+o.Path] = o
	}
	for _, o := range operations {
		examples, err := o.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			t.Run(strings.TrimSuffix(o.ID+"/"+e.Name, "/"), func(t *testing.T) {
				if o.Method == http.MethodPut { // shown for a thing that is not there yet
					g.do(http.MethodDelete, e.Target, "", "Authorization: Bearer "+operatorKey)
				}
				a := w.send(t, o, e, w.idFor(t, o))
				require.Equal(t, e.Status, a.status, "%s", a.body)
				require.NoError(t, o.Check(t.Context(), a.status, a.header, a.body))
				require.NoError(t, e.SameShape(a.body))
			})
		}
	}
}

// exampleWorld is a gateway that has what examples are about.
type exampleWorld struct {
	gateway    *gateway
	operations map[string]*contract.Operation
}

// idFor makes the thing that an operation is about and returns its id; "" where the
// document names one that is there.
func (w *exampleWorld) idFor(t *testing.T, o *contract.Operation) string {
	t.Helper()
	collection, _, about := strings.Cut(o.Path, "/{id}")
	switch {
	case !about:
		return ""
	case o.ID == "CancelEvent":
		return w.make(t, "/v1/events", `{"type":"order.reminder","data":{},"deliver_at":"`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"}`)
	}
	id := w.thing(t, collection)
	if o.ID == "ResumeReplay" {
		w.gateway.unified(http.StatusOK, "POST", collection+"/"+id+"/pause", "")
	}
	return id
}

// thing makes one of a collection by the document's first example, and returns its
// id. A delivery is made by an event for a subscription that nobody answers, so
// that it waits for its next attempt.
func (w *exampleWorld) thing(t *testing.T, collection string) string {
	t.Helper()
	switch collection {
	case "/v1/deliveries":
		subscription := w.make(t, "/v1/subscriptions", `{"url":"https://example.com/waiting","events":["order.waiting"]}`)
		event := w.make(t, "/v1/events", `{"type":"order.waiting","data":{}}`)
		var list struct{ Items []struct{ ID string } }
		require.Eventually(t, func() bool {
			w.gateway.unified(http.StatusOK, "GET", "/v1/deliveries?status=retrying&subscription_id="+subscription+"&event_id="+event, "").decode(t, &list)
			return len(list.Items) == 1
		}, patience, 20*time.Millisecond)
		return list.Items[0].ID
	case "/v1/replays": // slow enough to be found at work
		subscription := w.make(t, "/v1/subscriptions", `{"url":"https://example.com/replayed"}`)
		for range 10 {
			w.thing(t, "/v1/events")
		}
		return w.make(t, collection, `{"subscription_id":"`+subscription+`","from":"2026-01-01T00:00:00Z","statuses":"all","rate_per_second":1}`)
	case "/v1/traces": // everything is sampled, and written a moment later
		w.thing(t, "/v1/events")
		var list struct {
			Items []struct {
				ID string `json:"trace_id"`
			}
		}
		require.Eventually(t, func() bool {
			w.gateway.unified(http.StatusOK, "GET", "/v1/traces", "").decode(t, &list)
			return len(list.Items) > 0
		}, patience, 20*time.Millisecond)
		return list.Items[0].ID
	case "/v1/keys": // the first example takes a token over, which can be done once
		return w.make(t, collection, `{"name":"made"}`)
	case "/v1/events":
		return w.make(t, collection, `{"type":"order.created","data":{"order":"4711","total":12.5}}`)
	}
	create := w.operations["POST "+collection]
	require.NotNil(t, create, "nothing makes what stands at %s", collection)
	examples, err := create.Examples()
	require.NoError(t, err)
	return idOf(t, w.send(t, create, examples[0], ""))
}

func (w *exampleWorld) make(t *testing.T, collection, body string) string {
	t.Helper()
	return idOf(t, w.gateway.do("POST", collection, body, "Authorization: Bearer "+operatorKey, "Content-Type: application/json"))
}

func idOf(t *testing.T, a answer) string {
	t.Helper()
	var made struct{ ID string }
	a.decode(t, &made)
	require.NotEmpty(t, made.ID, "%s", a.body)
	return made.ID
}

func (w *exampleWorld) send(t *testing.T, o *contract.Operation, e contract.Example, id string) answer {
	t.Helper()
	target, headers := e.Target, []string{"Authorization: Bearer " + operatorKey}
	if id != "" {
		start, end, _ := strings.Cut(o.Path, "{id}")
		target = start + id + end
	}
	if e.ContentType != "" {
		headers = append(headers, "Content-Type: "+e.ContentType)
	}
	return w.gateway.do(o.Method, target, w.withIDs(t, e.Body), headers...)
}

// withIDs puts the id of a thing that exists wherever a body names one.
func (w *exampleWorld) withIDs(t *testing.T, body string) string {
	t.Helper()
	var v map[string]any
	if json.Unmarshal([]byte(body), &v) != nil {
		return body
	}
	changed := false
	for name, value := range v {
		text, _ := value.(string)
		kind, isID := strings.CutSuffix(name, "_id")
		if isID && uuid.Validate(text) == nil {
			v[name], changed = w.thing(t, "/v1/"+plural(kind)), true
		}
	}
	if !changed {
		return body
	}
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

func plural(kind string) string {
	if stem, ok := strings.CutSuffix(kind, "y"); ok && kind != "key" {
		return stem + "ies"
	}
	return kind + "s"
}
