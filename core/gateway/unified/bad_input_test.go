package unified_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/unified/unifiedtest"
)

const unknownID = "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10"

// badCall is a request that must fail and change nothing.
type badCall struct {
	name   string
	call   call
	status int
	code   string
	// at is the field at fault; "" for none.
	at string
}

func TestBadInputIsNamedAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := w.post(t, "/v1/subscriptions", `{"url":"https://example.com/a","provider":"vendor","name":"a"}`, 201).id(t)
	key := w.newKey(t, "events:write", "keys:write")
	for _, b := range append(append(badBodies(sub), badParameters()...), badRequests(key)...) {
		t.Run(b.name, func(t *testing.T) {
			before := w.Rows(t)
			a := w.do(t, b.call)
			require.Equal(t, b.status, a.status, "%s", a.body)
			require.Equal(t, b.code, a.get(t, "code"))
			if b.at != "" {
				require.Contains(t, string(a.body), `"field":"`+b.at+`"`)
			}
			require.Equal(t, before, w.Rows(t))
		})
	}
}

func badBodies(sub string) []badCall {
	post := func(name, path, body string, status int, code, at string) badCall {
		return badCall{name, call{method: http.MethodPost, path: path, body: body}, status, code, at}
	}
	patch := func(name, body string, status int, code, at string) badCall {
		return badCall{name, call{method: http.MethodPatch, path: "/v1/subscriptions/" + sub, body: body}, status, code, at}
	}
	return []badCall{
		post("account: broken JSON", "/v1/accounts", `{"name":`, 400, "invalid", ""),
		post("account: text after", "/v1/accounts", `{"name":"a"} x`, 400, "invalid", ""),
		post("account: not UTF-8", "/v1/accounts", "{\"name\":\"\xff\"}", 400, "invalid", ""),
		post("account: an array", "/v1/accounts", `[]`, 400, "invalid", ""),
		post("account: no name", "/v1/accounts", `{}`, 400, "invalid", "/name"),
		post("account: wrong type", "/v1/accounts", `{"name":1}`, 400, "invalid", "/name"),
		post("account: null", "/v1/accounts", `{"name":null}`, 400, "invalid", "/name"),
		post("account: unknown member", "/v1/accounts", `{"name":"a","alias":"b"}`, 400, "invalid", "/alias"),
		post("account: bad name", "/v1/accounts", `{"name":"Ä"}`, 400, "invalid", "/name"),
		post("account: UUID as name", "/v1/accounts", `{"name":"`+unknownID+`"}`, 400, "invalid", "/name"),
		post("account: taken", "/v1/accounts", `{"name":"default"}`, 409, "conflict", ""),
		post("key: no name", "/v1/keys", `{}`, 400, "invalid", "/name"),
		post("key: unknown scope", "/v1/keys", `{"name":"a","scopes":["events:all"]}`, 400, "invalid", "/scopes"),
		post("key: no scopes", "/v1/keys", `{"name":"a","scopes":[]}`, 400, "invalid", "/scopes"),
		post("key: operator with scopes", "/v1/keys", `{"name":"a","operator":true,"scopes":["events:read"]}`, 400, "invalid", "/scopes"),
		post("key: bad time", "/v1/keys", `{"name":"a","expires_at":"tomorrow"}`, 400, "invalid", "/expires_at"),
		post("key: impossible time", "/v1/keys", `{"name":"a","expires_at":"2026-02-31T00:00:00Z"}`, 400, "invalid", ""),
		post("key: expired", "/v1/keys", `{"name":"a","expires_at":"2020-01-01T00:00:00Z"}`, 400, "invalid", "/expires_at"),
		post("key: short token", "/v1/keys", `{"name":"a","token":"short"}`, 400, "invalid", "/token"),
		post("key: token with spaces", "/v1/keys", `{"name":"a","token":"0123456789 0123456789"}`, 400, "invalid", "/token"),
		post("key: client id with spaces", "/v1/keys", `{"name":"a","client_id":"a b"}`, 400, "invalid", "/client_id"),
		post("key: empty client id", "/v1/keys", `{"name":"a","client_id":""}`, 400, "invalid", "/client_id"),
		post("key: token in use", "/v1/keys", `{"name":"a","token":"`+unifiedtest.OperatorKey+`"}`, 409, "conflict", ""),
		post("subscription: empty body", "/v1/subscriptions", ` `, 400, "invalid", ""),
		post("subscription: no URL", "/v1/subscriptions", `{"events":["a"]}`, 400, "invalid", "/url"),
		post("subscription: own address", "/v1/subscriptions", `{"url":"https://127.0.0.1/"}`, 400, "invalid", "/url"),
		post("subscription: wrong scheme", "/v1/subscriptions", `{"url":"http://example.com/"}`, 400, "invalid", "/url"),
		post("subscription: no such provider", "/v1/subscriptions", `{"url":"https://example.com","provider":"x"}`, 400, "invalid", "/provider"),
		post("subscription: no such event", "/v1/subscriptions", `{"url":"https://example.com","provider":"vendor","name":"b","events":["order_paid","nope"]}`, 400, "invalid", "/events/1"),
		post("subscription: bad pattern", "/v1/subscriptions", `{"url":"https://example.com","events":["a*"]}`, 400, "invalid", "/events/0"),
		post("subscription: event of wrong type", "/v1/subscriptions", `{"url":"https://example.com","events":[1]}`, 400, "invalid", "/events/0"),
		post("subscription: reserved header", "/v1/subscriptions", `{"url":"https://example.com","headers":[{"name":"Host","value":"x"}]}`, 400, "invalid", "/headers/0/name"),
		post("subscription: setting of wrong type", "/v1/subscriptions", `{"url":"https://example.com","settings":{"a":1}}`, 400, "invalid", "/settings/a"),
		post("subscription: name taken", "/v1/subscriptions", `{"url":"https://example.com","provider":"vendor","name":"a"}`, 409, "conflict", "/name"),
		post("secret: provider does not sign", "/v1/subscriptions/"+sub+"/secret", "", 400, "invalid", ""),
		patch("patch: nothing", `{}`, 400, "invalid", ""),
		patch("patch: provider", `{"provider":"standard"}`, 400, "invalid", "/provider"),
		patch("patch: null", `{"url":null}`, 400, "invalid", "/url"),
		patch("patch: event", `{"events":["nope"]}`, 400, "invalid", "/events/0"),
		{"patch: stale", call{method: http.MethodPatch, path: "/v1/subscriptions/" + sub, body: `{"enabled":false}`, headers: map[string]string{"If-Match": `"9"`}}, 412, "precondition_failed", ""},
		{"patch: weak tag", call{method: http.MethodPatch, path: "/v1/subscriptions/" + sub, body: `{"enabled":false}`, headers: map[string]string{"If-Match": `W/"1"`}}, 412, "precondition_failed", ""},
	}
}

func badParameters() []badCall {
	get := func(path string, status int, code, at string) badCall {
		return badCall{"GET " + path, call{method: http.MethodGet, path: path}, status, code, at}
	}
	var out []badCall
	for _, list := range []string{"accounts", "keys", "events", "subscriptions", "deliveries"} {
		out = append(out,
			get("/v1/"+list+"?limit=0", 400, "invalid", "limit"),
			get("/v1/"+list+"?limit=101", 400, "invalid", "limit"),
			get("/v1/"+list+"?limit=many", 400, "invalid", "limit"),
			get("/v1/"+list+"?limit=1&limit=2", 400, "invalid", "limit"),
			get("/v1/"+list+"?cursor=!", 400, "invalid", "cursor"),
			get("/v1/"+list+"?cursor=AAAA", 400, "invalid", "cursor"),
			get("/v1/"+list+"?curser=AAAA", 400, "invalid", "curser"),
			get("/v1/"+list+"?limit=%zz", 400, "invalid", ""),
		)
	}
	for _, one := range []string{"events", "subscriptions", "deliveries"} {
		out = append(out,
			get("/v1/"+one+"/1", 400, "invalid", "id"),
			get("/v1/"+one+"/"+uuid.Nil.String(), 400, "invalid", "id"),
			get("/v1/"+one+"/"+unknownID, 404, "not_found", ""),
		)
	}
	for _, c := range []call{
		{method: http.MethodDelete, path: "/v1/keys/" + unknownID},
		{method: http.MethodDelete, path: "/v1/subscriptions/" + unknownID},
		{method: http.MethodPatch, path: "/v1/subscriptions/" + unknownID, body: `{"enabled":true}`},
		{method: http.MethodPost, path: "/v1/subscriptions/" + unknownID + "/secret"},
		{method: http.MethodPost, path: "/v1/deliveries/" + unknownID + "/retry"},
	} {
		out = append(out, badCall{c.method + " unknown " + c.path, c, 404, "not_found", ""})
	}
	return append(out,
		badCall{"DELETE nil key", call{method: http.MethodDelete, path: "/v1/keys/" + uuid.Nil.String()}, 400, "invalid", "id"},
		get("/v1/deliveries?event_id=1", 400, "invalid", "event_id"),
		get("/v1/deliveries?event_id="+uuid.Nil.String(), 400, "invalid", "event_id"),
		get("/v1/deliveries?status=lost", 400, "invalid", "status"),
		get("/v1/accounts/nobody", 404, "not_found", ""),
		get("/v1/accounts/"+unknownID, 404, "not_found", ""),
		get("/v1/providers/nobody", 404, "not_found", ""),
		get("/v1/providers/broken/openapi", 404, "not_found", ""),
		get("/v1/nothing", 404, "not_found", ""),
		get("/v1/events/", 404, "not_found", ""),
	)
}

func badRequests(key string) []badCall {
	publish := func(c call) call { c.method, c.path = http.MethodPost, "/v1/events"; return c }
	large := `{"type":"a.b","data":"` + strings.Repeat("x", unifiedtest.MaxBody) + `"}`
	return []badCall{
		{"no key", publish(call{body: `{"type":"a.b","data":1}`, anonymous: true}), 401, "unauthenticated", ""},
		{"wrong key", publish(call{body: `{"type":"a.b","data":1}`, key: "swh_nobody"}), 401, "unauthenticated", ""},
		{"basic auth", publish(call{body: `{"type":"a.b","data":1}`, headers: map[string]string{"Authorization": "Basic YTpi"}}), 401, "unauthenticated", ""},
		{"no key, too large", publish(call{body: large, anonymous: true}), 401, "unauthenticated", ""},
		{"no such account", publish(call{body: `{"type":"a.b","data":1}`, headers: map[string]string{"Switchhook-Account": "nobody"}}), 404, "not_found", ""},
		{"account of another", publish(call{body: `{"type":"a.b","data":1}`, key: key, headers: map[string]string{"Switchhook-Account": "nobody"}}), 403, "denied", ""},
		{"missing scope", call{method: http.MethodGet, path: "/v1/events", key: key}, 403, "denied", ""},
		{"not an operator", call{method: http.MethodGet, path: "/v1/accounts", key: key}, 403, "denied", ""},
		{"scope that the maker lacks", call{method: http.MethodPost, path: "/v1/keys", key: key, body: `{"name":"a","scopes":["events:read"]}`}, 403, "denied", "/scopes"},
		{"every scope", call{method: http.MethodPost, path: "/v1/keys", key: key, body: `{"name":"a","scopes":["*"]}`}, 403, "denied", "/scopes"},
		{"operator by another", call{method: http.MethodPost, path: "/v1/keys", key: key, body: `{"name":"a","operator":true}`}, 403, "denied", "/operator"},
		{"too large", publish(call{body: large}), 413, "too_large", ""},
		{"too large account", call{method: http.MethodPost, path: "/v1/accounts", body: large}, 413, "too_large", ""},
		{"form", publish(call{body: `a=b`, headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}), 415, "unsupported_media_type", ""},
		{"text", call{method: http.MethodPost, path: "/v1/keys", body: `{"name":"a"}`, headers: map[string]string{"Content-Type": "text/plain"}}, 415, "unsupported_media_type", ""},
		{"broken content type", call{method: http.MethodPost, path: "/v1/keys", body: `{"name":"a"}`, headers: map[string]string{"Content-Type": ";"}}, 415, "unsupported_media_type", ""},
		{"latin1", publish(call{body: `{"type":"a.b","data":1}`, headers: map[string]string{"Content-Type": "application/json; charset=latin1"}}), 415, "unsupported_media_type", ""},
		{"compressed", publish(call{body: `{"type":"a.b","data":1}`, headers: map[string]string{"Content-Encoding": "gzip"}}), 415, "unsupported_media_type", ""},
	}
}

func TestWrongMethods(t *testing.T) {
	t.Parallel()
	w := start(t)
	for path, allow := range map[string]string{
		"/v1/events":                      "GET, POST",
		"/v1/subscriptions/" + unknownID:  "DELETE, GET, PATCH",
		"/v1/keys/" + unknownID:           "DELETE",
		"/v1/openapi.json":                "GET",
		"/v1/deliveries/" + unknownID:     "GET",
		"/v1/accounts/with%2Fslash":       "GET, PATCH",
		"/v1/providers/standard/openapi":  "GET",
		"/v1/deliveries/some/other/retry": "",
	} {
		a := w.do(t, call{method: http.MethodPut, path: path, body: "{}"})
		if allow == "" {
			require.Equal(t, 404, a.status, path)
			continue
		}
		require.Equal(t, 405, a.status, path)
		require.Equal(t, "method_not_allowed", a.get(t, "code"))
		require.Equal(t, allow, a.header.Get("Allow"), path)
	}
}

func TestAnswersOfAuthentication(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.do(t, call{method: http.MethodGet, path: "/v1/events", anonymous: true})
	require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
	for _, value := range []string{"bearer  " + unifiedtest.OperatorKey, "BEARER " + unifiedtest.OperatorKey + " "} {
		a := w.do(t, call{method: http.MethodGet, path: "/v1/events", headers: map[string]string{"Authorization": value}})
		require.Equal(t, 200, a.status, "%s", a.body)
	}
	a = w.do(t, call{method: http.MethodGet, path: "/v1/events", headers: map[string]string{"X-Request-Id": "abc-1"}})
	require.Equal(t, "abc-1", a.header.Get("X-Request-Id"))
	a = w.do(t, call{method: http.MethodGet, path: "/v1/events", headers: map[string]string{"X-Request-Id": strings.Repeat("a", 129)}})
	require.Len(t, a.header.Get("X-Request-Id"), 36)
	require.NotContains(t, w.Log.String(), unifiedtest.OperatorKey)
}
