package unified_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const explainPath = "/v1/filters/explain"

func TestExplainFilters(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.post(t, explainPath, `{"filters":[{"prefix":{"type":"order."}},{"any":[{"exact":{"tenant":"acme"}},{"expr":"data.total > 100"}]}],
		"event":{"type":"order.created","data":{"total":12.5}}}`, http.StatusOK)
	require.Equal(t, false, a.get(t, "matched"))
	require.Equal(t, "filters[1].any", a.get(t, "first_failing"))
	var out struct {
		Clauses []struct {
			Path, Dialect, Reason string
			Matched               bool
			Clauses               []struct{ Path, Reason string }
		}
	}
	a.decode(t, &out)
	require.Len(t, out.Clauses, 2)
	require.True(t, out.Clauses[0].Matched)
	require.Equal(t, "none of its filters matches", out.Clauses[1].Reason)
	require.Equal(t, "filters[1].any[0].exact", out.Clauses[1].Clauses[0].Path)
	require.Contains(t, out.Clauses[1].Clauses[1].Reason, "data.total is 12.5")

	a = w.post(t, explainPath, `{"filters":[{"exact":{"tenant":"acme"}},{"expr":"attributes.time > date(\"2020-01-01\")"}],
		"event":{"specversion":"1.0","id":"1","source":"/s","type":"a","tenant":"acme","data":1}}`, http.StatusOK)
	require.Equal(t, true, a.get(t, "matched"), "the time is that of now, as when it is published: %s", a.body)
	require.NotContains(t, string(a.body), "first_failing")
	require.Equal(t, true, w.post(t, explainPath, `{"filters":[],"event":{"type":"a","data":null}}`, http.StatusOK).get(t, "matched"))
}

func TestExplainTheFiltersOfASubscription(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := w.post(t, "/v1/subscriptions", `{"url":"https://example.com","filters":[{"expr":"data.total > 100"}]}`, http.StatusCreated).id(t)
	all := w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t)
	event := w.post(t, "/v1/events", `{"type":"order.created","data":{"total":7}}`, http.StatusAccepted).id(t)
	body := fmt.Sprintf(`{"subscription_id":%q,"event_id":%q}`, sub, event)
	a := w.post(t, explainPath, body, http.StatusOK)
	require.Equal(t, "filters[0].expr", a.get(t, "first_failing"))
	require.Equal(t, true, w.post(t, explainPath, fmt.Sprintf(`{"subscription_id":%q,"event_id":%q}`, all, event), http.StatusOK).get(t, "matched"))

	// Reasons quote the event, so its reader must be allowed to.
	key := w.newKey(t, "subscriptions:read")
	a = w.do(t, call{method: http.MethodPost, path: explainPath, body: body, key: key})
	require.Equal(t, 403, a.status, "%s", a.body)
	require.Contains(t, string(a.body), "events:read")
	require.Equal(t, 200, w.do(t, call{method: http.MethodPost, path: explainPath, body: body, key: w.newKey(t, "subscriptions:read", "events:read")}).status)
	require.Equal(t, 403, w.do(t, call{method: http.MethodPost, path: explainPath, body: body, key: w.newKey(t, "events:read")}).status)

	// Another account's are not there.
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	for _, b := range []string{body, fmt.Sprintf(`{"filters":[],"event_id":%q}`, event), fmt.Sprintf(`{"filters":[],"event_id":%q}`, uuid.New())} {
		a = w.do(t, call{method: http.MethodPost, path: explainPath, body: b, headers: map[string]string{"Switchhook-Account": "acme"}})
		require.Equal(t, 404, a.status, "%s", a.body)
	}
}

func TestExplainNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := start(t)
	const event = `"event":{"type":"a","data":1}`
	for body, want := range map[string]string{
		`{` + event + `}`:                "/filters is missing; give it, or subscription_id",
		`{"filters":[]}`:                 "/event is missing; give it, or event_id",
		`{"filters":[{}],` + event + `}`: "/filters/0 must have one dialect; the dialects are exact, prefix, suffix, all, any, not and expr",
		`{"filters":{},` + event + `}`:   "/filters",
		`{"filters":[1],` + event + `}`:  "/filters/0",
		`{"filters":[],"event":{}}`:      "/event/type",
		`{"filters":[],"event":[]}`:      "/event",
		`{"filters":[{"exact":{"type":"a"}},{"not":{"expr":"data.a >"}}],` + event + `}`:        "/filters/1/not/expr",
		`{"filters":[],"event":{"type":"a b","data":1}}`:                                        "/event/type",
		`{"filters":[],"event":{"specversion":"1.0","type":"a"}}`:                               "/event/",
		`{"filters":[],"subscription_id":"019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10",` + event + `}`: "/subscription_id must not stand beside filters; give one of the two",
		`{"filters":[],"event_id":"019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10",` + event + `}`:        "/event_id must not stand beside event; give one of the two",
		`{"filters":[],"event_id":"x"}`:                                                         "/event_id",
	} {
		a := w.post(t, explainPath, body, http.StatusBadRequest)
		require.Contains(t, problems(t, a), want, "%s", body)
	}
}

// problems are the fields of a problem with what is wrong with them.
func problems(t *testing.T, a answer) (out string) {
	t.Helper()
	var p struct {
		Errors []struct{ Field, Message string }
	}
	a.decode(t, &p)
	for _, e := range p.Errors {
		out += e.Field + " " + e.Message + "\n"
	}
	return out
}
