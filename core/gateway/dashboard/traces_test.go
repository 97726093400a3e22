package dashboard_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTracesAreListedByTheFiltersOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	w.api.answer("GET /v1/traces", canned{status: 200, body: `{"items":[` + summaryJSON + `],"next_cursor":"more"}`})
	page := text(t, w.get("/ui/traces?since=2026-11-22T09:00&until=&errors=true&cursor=c1", c))
	u, err := url.Parse(w.api.asking("/v1/traces?").target)
	require.NoError(t, err)
	require.Equal(t, url.Values{"since": {"2026-11-22T09:00:00Z"}, "errors": {"true"}, "cursor": {"c1"}, "limit": {"50"}}, u.Query())
	for _, part := range []string{
		`href="/ui/traces/` + traceID + `"`, `href="/ui/events/` + eventID + `"`, "101 ms", "1\u202f234", `<td class="wide">default</td>`,
		`href="/ui/traces?cursor=more&amp;errors=true&amp;since=2026-11-22T09%3A00"`, `name="errors" value="true" checked`, "First page",
	} {
		require.Contains(t, page, part)
	}
	require.NotContains(t, text(t, w.get("/ui/traces", w.login(t, accountKey))), ">Account</th>", "all of an account's key are of its account")

	w.api.answer("GET /v1/traces", problem(400, "invalid", "The query is invalid", "until", "must be after since"))
	require.Contains(t, text(t, w.get("/ui/traces?since=2026-11-22&until=2026-11-21", c)), `id="until-wrong"`)
	require.Contains(t, text(t, w.get("/ui/traces?since=yesterday", c)), `id="since-wrong"`)
}

func TestNoTracesSayHowToGetSome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	w.api.answer("GET /v1/traces", listOf(""))
	page := text(t, w.get("/ui/traces", c))
	for _, setting := range []string{"traces.sample_ratio", "OTEL_TRACES_SAMPLER", "traces.store", "traces.retention", "traceparent"} {
		require.Contains(t, page, setting)
	}
	require.Contains(t, text(t, w.get("/ui/traces?errors=true", c)), "No trace is like this")
}

func TestATraceLeadsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, accountKey)
	page := text(t, w.get("/ui/traces/"+traceID, c))
	for _, link := range []string{"/ui/events/" + eventID, "/ui/deliveries/" + deliveryID, "https://jaeger.example/trace/" + traceID} {
		require.Contains(t, page, `href="`+link+`"`)
	}
	require.NotContains(t, page, "Whole trace", "it is the whole")
	require.Contains(t, text(t, w.get("/ui/deliveries/"+deliveryID, c)), `href="/ui/traces/`+traceID+`"`)

	w.api.answer("GET /v1/events/"+eventID, problem(404, "not_found", "There is no such event"))
	page = text(t, w.get("/ui/traces/"+traceID, c))
	require.NotContains(t, page, `href="/ui/events/`, "what is gone is not linked")
	require.Contains(t, page, "No event that is still kept")

	require.Equal(t, "/ui/traces/a%2Fb", w.get("/ui/traces?trace_id=+a/b+", c).Header.Get("Location"))
	require.Equal(t, http.StatusNotFound, w.get("/ui/traces/0af7651916cd43dd8448eb211c80319c", c).StatusCode)
	w.api.answer("GET /v1/traces/x", problem(400, "invalid", "The request is invalid", "id", "must be 32 lower-case hexadecimal digits, not all zero"))
	require.Contains(t, text(t, w.get("/ui/traces/x", c)), "id must be 32 lower-case hexadecimal digits")
}
