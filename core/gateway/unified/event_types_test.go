package unified_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (w *world) put(t *testing.T, name, body string, headers map[string]string) answer {
	t.Helper()
	return w.do(t, call{method: http.MethodPut, path: "/v1/event-types/" + url.PathEscape(name), body: body, headers: headers})
}

func TestEventTypes(t *testing.T) {
	t.Parallel()
	w := start(t)
	const body = `{"description":"d","schema":{"type":"object","required":["n"]},"example":{"n": 1.0},"deprecated":true}`
	made := w.put(t, "shop:order.paid", body, nil)
	require.Equal(t, 201, made.status, "%s", made.body)
	tag := made.header.Get("Etag")
	require.NotEmpty(t, tag)
	require.Contains(t, string(made.body), `"example":{"n":1.0}`, "numbers keep their form")
	read := w.get(t, "/v1/event-types/"+url.PathEscape("shop:order.paid"))
	require.Equal(t, tag, read.header.Get("Etag"))
	require.JSONEq(t, string(made.body), string(read.body))

	require.Equal(t, 412, w.put(t, "shop:order.paid", `{}`, map[string]string{"If-Match": `"x"`}).status)
	replaced := w.put(t, "shop:order.paid", `{"schema":null}`, map[string]string{"If-Match": tag})
	require.Equal(t, 200, replaced.status, "%s", replaced.body)
	require.NotEqual(t, tag, replaced.header.Get("Etag"))

	require.Equal(t, 201, w.put(t, "order.created", `{"description":"mine"}`, nil).status)
	items, next := w.get(t, "/v1/event-types?limit=1").items(t)
	require.Equal(t, "order.created", items[0]["name"])
	require.Equal(t, "own", items[0]["origin"], "in the place of the canonical one")
	require.Equal(t, []any{"vendor"}, items[0]["providers"])
	items, next = w.get(t, "/v1/event-types?limit=1&cursor="+*next).items(t)
	require.Equal(t, "shop:order.paid", items[0]["name"])
	require.Nil(t, next)
	gone := w.do(t, call{method: http.MethodDelete, path: "/v1/event-types/order.created"})
	require.Equal(t, 204, gone.status)
	require.Equal(t, "canonical", w.get(t, "/v1/event-types/order.created").get(t, "origin"))
	items, _ = w.get(t, "/v1/event-types?origin=own").items(t)
	require.Len(t, items, 1)
	for _, name := range []string{"order.created", "none"} {
		require.Equal(t, 404, w.do(t, call{method: http.MethodDelete, path: "/v1/event-types/" + name}).status, name)
	}
	require.Equal(t, 404, w.do(t, call{method: http.MethodGet, path: "/v1/event-types/none"}).status)
	require.Equal(t, 403, w.do(t, call{method: http.MethodGet, path: "/v1/event-types", key: w.newKey(t, "events:read")}).status)
	for _, bad := range []struct{ name, body, field string }{
		{"a b", `{}`, "name"},
		{"switchhook.x", `{}`, "name"},
		{"a", `{"schema":{"type":"wrong"}}`, "/schema/type"},
		{"a", `{"schema":{"type":"string"},"example":1}`, "/example"},
		{"a", `{"schema":7}`, "/schema"},
		{"a", `{"more":7}`, "/more"},
	} {
		a := w.put(t, bad.name, bad.body, nil)
		require.Equal(t, 400, a.status, "%s", a.body)
		require.Contains(t, string(a.body), `"field":"`+bad.field+`"`)
	}
}

func TestImportEventTypes(t *testing.T) {
	t.Parallel()
	w := start(t)
	const document = "openapi: 3.1.0\nwebhooks:\n  order.paid: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/O'}}}}}}\n" +
		"  bad name: {post: {}}\ncomponents: {schemas: {O: {type: object}}}\n"
	send := func(query, contentType, body string) answer {
		return w.do(t, call{method: http.MethodPost, path: "/v1/event-types/import" + query, body: body, headers: map[string]string{"Content-Type": contentType}})
	}
	dry := send("?dry_run=true", "application/yaml", document)
	require.Equal(t, 200, dry.status, "%s", dry.body)
	items, _ := w.get(t, "/v1/event-types?origin=own").items(t)
	require.Empty(t, items)
	done := send("", "application/yaml", document)
	require.Equal(t, []any{"order.paid"}, done.get(t, "created"))
	require.Equal(t, dry.get(t, "created"), done.get(t, "created"))
	require.Len(t, done.get(t, "refused"), 1)
	again := send("", "application/json", `{"openapi":"3.1.0","webhooks":{"order.paid":{"post":{}}}}`)
	require.Equal(t, []any{"order.paid"}, again.get(t, "updated"))
	require.Equal(t, 415, send("", "text/plain", document).status)
	require.Equal(t, 400, send("", "application/json", `{`).status)
	require.Equal(t, 400, send("?dry_run=maybe", "application/json", document).status)
}

func TestDataIsChecked(t *testing.T) {
	t.Parallel()
	w := start(t)
	require.Equal(t, 201, w.put(t, "order.paid", `{"schema":{"properties":{"n":{"type":"integer"}}}}`, nil).status)
	validation := func(mode string) {
		a := w.do(t, call{method: http.MethodPatch, path: "/v1/accounts/default", body: `{"event_validation":"` + mode + `"}`})
		require.Equal(t, 200, a.status, "%s", a.body)
	}
	const event = `{"specversion":"1.0","id":"%","source":"/s","type":"order.paid","data":{"n":"x"}}`
	w.post(t, "/v1/events", `{"type":"order.paid","data":{"n":"x"}}`, 202)
	validation("warn")
	warned := w.post(t, "/v1/events", `{"type":"order.paid","data":{"n":"x"}}`, 202)
	require.Contains(t, string(warned.body), `"warnings":[{"field":"/data/n","in":"body"`)
	validation("refuse")
	refused := w.post(t, "/v1/events", `{"type":"order.paid","data":{"n":"x"}}`, 400)
	require.Contains(t, string(refused.body), `"field":"/data/n"`)
	batch := w.do(t, call{
		method: http.MethodPost, path: "/v1/events", headers: map[string]string{"Content-Type": "application/cloudevents-batch+json"},
		body: `[{"specversion":"1.0","id":"1","source":"/s","type":"order.paid","data":{"n":1}},` + event + `]`,
	})
	require.Equal(t, 202, batch.status, "%s", batch.body)
	require.Contains(t, string(batch.body), `"field":"/1/data/n"`)
	binary := w.do(t, call{method: http.MethodPost, path: "/v1/events", body: `{"n":"x"}`, headers: map[string]string{
		"Ce-Specversion": "1.0", "Ce-Id": "b", "Ce-Source": "/s", "Ce-Type": "order.paid", "Content-Type": "application/json",
	}})
	require.Equal(t, 400, binary.status)
	require.Contains(t, string(binary.body), `"field":"/n"`, "in binary mode the body is the data")
}

func TestDelayedEventsAreShownAndCancelled(t *testing.T) {
	t.Parallel()
	w := start(t)
	due := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	at := due.Format(time.RFC3339)
	id := w.post(t, "/v1/events", `{"type":"a","data":1,"deliver_at":"`+at+`"}`, 202).id(t)
	require.Equal(t, at, w.get(t, "/v1/events/"+id).get(t, "deliver_at"))
	for range 2 {
		require.NotEmpty(t, w.post(t, "/v1/events/"+id+"/cancel", "", 200).get(t, "cancelled_at"))
	}
	require.NotEmpty(t, w.get(t, "/v1/events/"+id).get(t, "cancelled_at"))
	now := w.post(t, "/v1/events", `{"type":"a","data":1}`, 202).id(t)
	w.post(t, "/v1/events/"+now+"/cancel", "", 409)
	w.post(t, "/v1/events/019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10/cancel", "", 404)
	far := w.post(t, "/v1/events", `{"type":"a","data":1,"deliver_at":"2999-01-01T00:00:00Z"}`, 400)
	require.Contains(t, string(far.body), `"field":"/deliver_at"`)
	ce := w.do(t, call{
		method: http.MethodPost, path: "/v1/events", headers: map[string]string{"Content-Type": "application/cloudevents+json"},
		body: `{"specversion":"1.0","id":"1","source":"/s","type":"a","deliverat":"tomorrow"}`,
	})
	require.Contains(t, string(ce.body), `"field":"/deliverat"`)
}
