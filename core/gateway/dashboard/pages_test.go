package dashboard_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pages are all that can be read, with something that each must show.
var pages = map[string]string{
	"/":                                      "Latest failed deliveries",
	"/ui/subscriptions":                      "Shop &lt;b&gt;",
	"/ui/subscriptions/new":                  "Make the subscription",
	"/ui/subscriptions/" + subID:             "https://example.com/hooks",
	"/ui/subscriptions/" + subID + "/edit":   "leave it empty to keep X-Shop",
	"/ui/subscriptions/" + subID + "/delete": "Delete this subscription?",
	"/ui/deliveries":                         "order.created",
	"/ui/deliveries/" + deliveryID:           "the endpoint answered 500",
	"/ui/events":                             "/shop",
	"/ui/events/" + eventID:                  "4711",
	"/ui/traces":                             "POST /v1/events",
	"/ui/traces/" + traceID:                  "/ui/deliveries/" + deliveryID,
	"/ui/event-types":                        "An order",
	"/ui/replays":                            "failed",
	"/ui/replays/new":                        "Count first",
	"/ui/replays/" + replayID:                `aria-valuenow="40"`,
	"/ui/keys":                               "swh_4fQz…",
	"/ui/keys/new":                           "Make the key",
	"/ui/keys/" + keyID + "/rotate":          "Replace “backend”",
	"/ui/keys/" + keyID + "/revoke":          "Revoke “backend”?",
	"/ui/audit":                              "UpdateSubscription",
	"/ui/providers":                          "exit status 1",
	"/ui/providers/standard":                 "Standard Webhooks",
}

var (
	inlineScript = regexp.MustCompile(`(?i)<script(?:>|\s+[^>]*>)\s*[^<\s]|<style|\sstyle=|\son[a-z]+=|javascript:`)
	elsewhere    = regexp.MustCompile(`(?i)(?:src|action)="(?:https?:)?//|<link[^>]+="(?:https?:)?//`)
)

func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for who, key := range map[string]string{"operator": operatorKey, "account": accountKey} {
		c := w.login(t, key)
		for path, want := range pages {
			t.Run(who+path, func(t *testing.T) {
				t.Parallel()
				answer := w.get(path, c)
				page := text(t, answer)
				require.Equal(t, http.StatusOK, answer.StatusCode, page)
				require.Contains(t, page, want)
				h := answer.Header
				require.Equal(t, "text/html; charset=utf-8", h.Get("Content-Type"))
				require.Equal(t, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
					"form-action 'self'; frame-ancestors 'none'; base-uri 'none'", h.Get("Content-Security-Policy"))
				require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
				require.Equal(t, "same-origin", h.Get("Referrer-Policy"))
				require.Equal(t, "no-store", h.Get("Cache-Control"))
				require.Empty(t, inlineScript.FindString(page), "nothing that the policy forbids")
				require.Empty(t, elsewhere.FindString(page), "nothing of other hosts")
				require.NotContains(t, page, operatorKey)
				require.NotContains(t, page, accountKey)
				require.NotContains(t, page, "&lt;nil&gt;")
				require.NotContains(t, page, "<script>alert", "what others wrote is text")
				require.Equal(t, 1, strings.Count(page, "<h1"), "one heading")
				require.Equal(t, who == "operator", strings.Contains(page, `name="account"`), "operators switch accounts")
			})
		}
	}
}

func TestPagesThatAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	for path, status := range map[string]int{
		"/ui/nothing": 404, "/ui/deliveries/x": 404, "/ui/deliveries/" + subID: 404, "/ui/keys/" + subID + "/revoke": 404, "/ui/assets/nothing.js": 404,
		"/ui/assets/app.css": 200, "/ui/assets/htmx/htmx.min.js": 200, "/ui/assets/uplot/uPlot.iife.min.js": 200,
	} {
		require.Equal(t, status, w.get(path, c).StatusCode, path)
	}
	w.api.answer("GET /v1/keys", problem(403, "denied", "The key lacks the scope keys:read"))
	answer := w.get("/ui/keys", c)
	require.Equal(t, 403, answer.StatusCode)
	require.Contains(t, text(t, answer), "The key lacks the scope keys:read.")
}

func TestWhatIsWrongStandsBesideItsField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	w.api.answer("POST /v1/subscriptions", problem(400, "invalid", "The subscription is invalid",
		"/url", "must be public", "/events/1", "must not be empty", "/delivery/retry/schedule_seconds/0", "must be at least 1"))
	page := text(t, w.post("/ui/subscriptions/new", url.Values{
		"url": {"http://10.0.0.1/"}, "events": {"a\nb"}, "secret": {"whsec_typed"}, "delivery.retry.schedule_seconds": {"0.5"}, "once": {"abc"},
	}, c))
	require.Contains(t, page, `id="url-wrong"`)
	require.Contains(t, page, "must be public")
	require.Contains(t, page, "1: must not be empty")
	require.Contains(t, page, "0: must be at least 1")
	require.Contains(t, page, `value="http://10.0.0.1/"`, "what was typed stays")
	require.NotContains(t, page, "whsec_typed", "but not a secret")
	sent := w.api.last(http.MethodPost)
	require.Equal(t, "abc", sent.header.Get("Idempotency-Key"), "a form sent twice is one request")

	page = text(t, w.post("/ui/subscriptions/new", url.Values{"url": {"https://example.com"}, "filters": {"{"}, "delivery.max_in_flight": {"many"}}, c))
	require.Contains(t, page, `id="filters-wrong"`)
	require.Contains(t, page, `id="delivery.max_in_flight-wrong"`)
}

func TestASecretIsShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	w.api.answer("POST /v1/subscriptions/"+subID+"/secret", canned{status: 200, body: subscriptionJSON + `,"secret":"whsec_new"}`})
	require.Contains(t, text(t, w.post("/ui/subscriptions/"+subID+"/secret", url.Values{"once": {"x"}}, c)), "whsec_new")
	require.NotContains(t, text(t, w.get("/ui/subscriptions/"+subID, c)), "whsec_new")
	w.api.answer("POST /v1/keys", canned{status: 201, body: keyJSON + `,"token":"swh_made"}`})
	require.Contains(t, text(t, w.post("/ui/keys/new", url.Values{"name": {"backend"}, "scopes": {"events:write, events:read"}}, c)), "swh_made")
	require.JSONEq(t, `{"name":"backend","scopes":["events:write","events:read"]}`, w.api.last(http.MethodPost).body)
}

func TestAChangeOfSomebodyElseIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	endpoint := "PATCH /v1/subscriptions/" + subID
	w.api.answer(endpoint, problem(412, "precondition_failed", "It has changed"))
	form := url.Values{"url": {"https://example.com/mine"}, "etag": {`"3"`}}
	page := text(t, w.post("/ui/subscriptions/"+subID+"/edit", form, c))
	require.Equal(t, `"3"`, w.api.last(http.MethodPatch).header.Get("If-Match"))
	require.Contains(t, page, "Somebody has changed the subscription")
	require.Contains(t, page, "https://example.com/mine")
	require.Contains(t, page, `name="etag" value="&#34;7&#34;"`, "saving again overwrites what there is now")

	w.api.answer(endpoint, canned{status: 200, body: subscriptionJSON + "}"})
	answer := w.post("/ui/subscriptions/"+subID+"/edit", form, c)
	require.Equal(t, "/ui/subscriptions/"+subID+"?notice=saved", answer.Header.Get("Location"))
}

func TestFiltersReachTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, accountKey)
	w.get("/ui/deliveries?status=dead&status=retrying&response_status=500,0&created_after=2026-11-22T09:00&live=off&event_id=", c)
	sent := w.api.asking("/v1/deliveries?")
	require.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-00$`, sent.header.Get("Traceparent"), "pages are not traced")
	u, err := url.Parse(sent.target)
	require.NoError(t, err)
	require.Equal(t, url.Values{
		"status": {"dead,retrying"}, "response_status": {"500,0"}, "created_after": {"2026-11-22T09:00:00Z"}, "limit": {"50"},
	}, u.Query())

	w.api.answer("GET /v1/deliveries", problem(400, "invalid", "The query is invalid", "event_id", "must be a UUID"))
	require.Contains(t, text(t, w.get("/ui/deliveries?event_id=7", c)), "must be a UUID")
}

func TestAnOperatorActsForAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	answer := w.post("/ui/account", url.Values{"account": {"acme"}}, c)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	page := text(t, w.get("/ui/providers", answer.Cookies()[0]))
	require.Contains(t, page, "<option selected>acme</option>")
	require.Equal(t, "acme", w.api.last(http.MethodGet).header.Get("Switchhook-Account"))
	require.Equal(t, http.StatusNotFound, w.post("/ui/account", url.Values{"account": {"nobody"}}, c).StatusCode)
	require.Empty(t, w.post("/ui/account", url.Values{"account": {"acme"}}, w.login(t, accountKey)).Cookies(), "an account's key cannot")
}

func TestReplayIsCountedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	form := url.Values{"from": {"2026-11-22T00:00"}, "statuses": {"failed"}, "do": {"count"}, "once": {"o"}}
	w.api.answer("POST /v1/replays", canned{status: 200, body: `{"dry_run":true,"from":"2026-11-22T00:00:00Z","to":"2026-11-22T09:00:00Z","statuses":"failed","event_types":[],"total":12345,"done":12345,"created":7,"failed":0,"complete":true}`})
	page := text(t, w.post("/ui/replays/new", form, c))
	require.Contains(t, page, "This would make 7 deliveries")
	require.Contains(t, page, "12\u202f345")
	require.Empty(t, w.api.last(http.MethodPost).header.Get("Idempotency-Key"))
	form.Set("do", "start")
	w.api.answer("POST /v1/replays", canned{status: 202, body: jobJSON})
	require.Equal(t, "/ui/replays/"+replayID+"?notice=replay-made", w.post("/ui/replays/new", form, c).Header.Get("Location"))
	require.JSONEq(t, `{"dry_run":false,"from":"2026-11-22T00:00:00Z","statuses":"failed"}`, w.api.last(http.MethodPost).body)
	require.Equal(t, "o", w.api.last(http.MethodPost).header.Get("Idempotency-Key"))
}
