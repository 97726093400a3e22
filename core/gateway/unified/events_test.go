package unified_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
	"github.com/switchhook/switchhook/core/gateway/unified/unifiedtest"
)

// odd is data that an encoder would write otherwise.
const odd = `{ "b":1.0,"a" :12345678901234567890, "html":"<&>", "e":"\u00e9" ,"a":1e2 }`

func TestPublishKeepsTheDataByteForByte(t *testing.T) {
	t.Parallel()
	w := start(t)
	tests := map[string]struct {
		body    string
		headers map[string]string
		show    string
	}{
		"short form":      {body: `{"type":"order.created","data":` + odd + `}`, show: `"data":` + odd},
		"no content type": {body: `{"type":"order.created","data": ` + odd + ` }`, headers: map[string]string{"Content-Type": ""}, show: `"data":` + odd},
		"structured": {
			body:    `{"data":` + odd + `,"specversion":"1.0","id":"s","source":"/s","type":"order.created"}`,
			headers: map[string]string{"Content-Type": "application/cloudevents+json; charset=UTF-8"}, show: `"data":` + odd,
		},
		"binary": {
			body: odd, headers: map[string]string{"Ce-Specversion": "1.0", "Ce-Id": "b", "Ce-Source": "/b", "Ce-Type": "order.created"},
			show: `"data":` + odd,
		},
		"binary that is not JSON": {
			body: "\x00\xff", headers: map[string]string{
				"Ce-Specversion": "1.0", "Ce-Id": "x", "Ce-Source": "/b", "Ce-Type": "order.created", "Content-Type": "image/png",
			},
			show: `"data_base64":"AP8="`,
		},
		"base64": {
			body:    `{"data_base64":"AP8=","datacontenttype":"image/png","specversion":"1.0","id":"6","source":"/s","type":"order.created"}`,
			headers: map[string]string{"Content-Type": "application/cloudevents+json"}, show: `"data_base64":"AP8="`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.do(t, call{method: http.MethodPost, path: "/v1/events", body: test.body, headers: test.headers})
			require.Equal(t, 202, a.status, "%s", a.body)
			require.Contains(t, string(w.get(t, "/v1/events/"+a.id(t)).body), test.show)
		})
	}
}

func TestPublishTellsDuplicates(t *testing.T) {
	t.Parallel()
	w := start(t)
	body := `{"type":"order.created","id":"1","source":"/shop","data":1}`
	first := w.post(t, "/v1/events", body, http.StatusAccepted)
	require.Equal(t, false, first.get(t, "duplicate"))
	require.Equal(t, "1", first.get(t, "cloudevent_id"))
	second := w.post(t, "/v1/events", body, http.StatusAccepted)
	require.Equal(t, true, second.get(t, "duplicate"))
	require.Equal(t, first.id(t), second.id(t))
	short := w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted)
	require.Equal(t, short.id(t), short.get(t, "cloudevent_id"), "without an id of the publisher's both are one")
}

func TestPublishBatch(t *testing.T) {
	t.Parallel()
	w := start(t)
	send := func(body string) answer {
		return w.do(t, call{method: http.MethodPost, path: "/v1/events", body: body, headers: map[string]string{"Content-Type": "application/cloudevents-batch+json"}})
	}
	event := func(id, kind string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/s","type":%q,"count":1,"flag":true,"data":1}`, id, kind)
	}
	a := send("[" + event("1", "order.created") + "," + event("2", "order.paid") + "," + event("1", "order.created") + "]")
	require.Equal(t, 202, a.status, "%s", a.body)
	items, _ := a.items(t)
	require.Len(t, items, 3)
	require.Equal(t, items[0]["id"], items[2]["id"])
	require.Equal(t, true, items[2]["duplicate"])
	stored, _ := w.get(t, "/v1/events?type=order.paid").items(t)
	require.Equal(t, map[string]any{"count": "1", "flag": "true"}, stored[0]["extensions"])

	a = send("[]")
	require.JSONEq(t, `{"items":[]}`, string(a.body))

	for i, test := range []struct{ other, id, at string }{
		{event("4", "vendor.nope"), "4", "/1/type"},
		{event("4", "with space"), "4", "/1/type"},
		{`{"id":1}`, "", "/1/id"},
		{`7`, "", "/1"},
		{strings.TrimSuffix(event("5", "a"), "}") + `,"over/there":{"a":1}}`, "5", "/1/over~1there"},
	} {
		good := event(fmt.Sprintf("good%d", i), "order.created")
		a := send("[" + good + "," + test.other + "," + good + "]")
		require.Equal(t, 202, a.status, "%s", a.body)
		items, _ := a.items(t)
		require.Len(t, items, 2, "those that are valid are accepted")
		require.Equal(t, items[0]["id"], items[1]["id"])
		var batch struct{ Refused []refusedEvent }
		a.decode(t, &batch)
		require.Len(t, batch.Refused, 1, "%s", a.body)
		refused := batch.Refused[0]
		require.Equal(t, refusedEvent{Index: 1, CloudeventID: test.id, Code: "invalid", Errors: refused.Errors}, refused)
		require.Equal(t, test.at, refused.Errors[0].Field)
	}
	before := w.Rows(t)
	a = send("[7," + event("9", "with space") + "]")
	require.Equal(t, 400, a.status, "nothing is valid")
	require.Contains(t, string(a.body), `"field":"/0"`)
	require.Contains(t, string(a.body), `"field":"/1/type"`)
	require.Equal(t, 400, send("["+strings.Repeat("1,", eventbody.MaxBatch)+"1]").status)
	require.Equal(t, 400, send("["+event("9", "a")+",").status, "what is no JSON is refused whole")
	require.Equal(t, before, w.Rows(t))
}

// refusedEvent is an event of a batch that was not accepted.
type refusedEvent struct {
	Index        int
	CloudeventID string `json:"cloudevent_id"`
	Code         string
	Errors       []struct{ In, Field, Message string }
}

func TestBadEventsNameTheMember(t *testing.T) {
	t.Parallel()
	w := start(t)
	structured := map[string]string{"Content-Type": "application/cloudevents+json"}
	binary := func(more map[string]string) map[string]string {
		h := map[string]string{"Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": "/s", "Ce-Type": "a.b"}
		for name, v := range more {
			h[name] = v
		}
		return h
	}
	tests := []struct {
		name, body string
		headers    map[string]string
		in, field  string
	}{
		{"no data", `{"type":"a.b"}`, nil, "body", "/data"},
		{"no type", `{"data":1}`, nil, "body", "/type"},
		{"type of wrong type", `{"type":["a"],"data":1}`, nil, "body", "/type"},
		{"empty type", `{"type":"","data":1}`, nil, "body", "/type"},
		{"bad type", `{"type":"a..b","data":1}`, nil, "body", "/type"},
		{"unknown native type", `{"type":"vendor.order_create","data":1}`, nil, "body", "/type"},
		{"unknown member", `{"type":"a.b","data":1,"specversion":"1.0"}`, nil, "body", "/specversion"},
		{"member twice", `{"type":"a.b","data":1,"data":2}`, nil, "body", "/data"},
		{"null", `{"type":"a.b","data":1,"subject":null}`, nil, "body", "/subject"},
		{"bad time", `{"type":"a.b","data":1,"time":"now"}`, nil, "body", "/time"},
		{"long id", `{"type":"a.b","data":1,"id":"` + strings.Repeat("x", 1025) + `"}`, nil, "body", "/id"},
		{"control character", `{"type":"a.b","data":1,"subject":"a\u0000b"}`, nil, "body", "/subject"},
		{"structured: no id", `{"specversion":"1.0","source":"/s","type":"a.b"}`, structured, "body", "/id"},
		{"structured: version", `{"specversion":"0.3","id":"1","source":"/s","type":"a.b"}`, structured, "body", "/specversion"},
		{"structured: extension name", `{"specversion":"1.0","id":"1","source":"/s","type":"a.b","A":"x"}`, structured, "body", "/A"},
		{"structured: extension value", `{"specversion":"1.0","id":"1","source":"/s","type":"a.b","x":1.5}`, structured, "body", "/x"},
		{"structured: both data", `{"specversion":"1.0","id":"1","source":"/s","type":"a.b","data":1,"data_base64":"AA=="}`, structured, "body", "/data_base64"},
		{"structured: bad base64", `{"specversion":"1.0","id":"1","source":"/s","type":"a.b","data_base64":"A"}`, structured, "body", "/data_base64"},
		{"structured: text", `{"specversion":"1.0","id":"1","source":"/s","type":"a.b","datacontenttype":"text/plain","data":1}`, structured, "body", "/data"},
		{"structured: schema", `{"specversion":"1.0","id":"1","source":"/s","type":"a.b","dataschema":"x"}`, structured, "body", "/dataschema"},
		{"binary: no version", "1", binary(map[string]string{"Ce-Specversion": ""}), "header", "ce-specversion"},
		{"binary: bad time", "1", binary(map[string]string{"Ce-Time": "now"}), "header", "ce-time"},
		{"binary: bad type", "1", binary(map[string]string{"Ce-Type": "a..b"}), "header", "ce-type"},
		{"binary: data", "1", binary(map[string]string{"Ce-Data": "1"}), "header", "ce-data"},
		{"binary: content type twice", "1", binary(map[string]string{"Ce-Datacontenttype": "a/b"}), "header", "ce-datacontenttype"},
		{"binary: not the JSON it says", "{", binary(nil), "", ""},
		{"broken", `{"type":`, nil, "", ""},
		{"array", `[]`, nil, "", ""},
		{"empty", "", map[string]string{"Content-Type": "application/json"}, "", ""},
		{"not UTF-8", "{\"type\":\"a.b\",\"data\":\"\xff\"}", nil, "", ""},
		{"text after", `{"type":"a.b","data":1} 2`, nil, "", ""},
		{"too deep", `{"type":"a.b","data":` + strings.Repeat("[", 10_001) + `}`, nil, "", ""},
	}
	before := w.Rows(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := w.do(t, call{method: http.MethodPost, path: "/v1/events", body: test.body, headers: test.headers})
			require.Equal(t, 400, a.status, "%s", a.body)
			if test.field != "" {
				require.Contains(t, string(a.body), fmt.Sprintf(`{"field":%q,"in":%q`, test.field, test.in))
			}
			require.Equal(t, before, w.Rows(t))
		})
	}
}

func TestListEvents(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.post(t, "/v1/events", `{"type":"a.b","id":"1","source":"/one","data":{"secret":"x"},"platform":"sms"}`, http.StatusAccepted)
	w.post(t, "/v1/events", `{"type":"a.c","id":"2","source":"/two","data":1}`, http.StatusAccepted)
	items, next := w.get(t, "/v1/events?limit=1").items(t)
	require.Equal(t, "a.c", items[0]["type"], "newest first")
	items, next = w.get(t, "/v1/events?limit=1&cursor="+*next).items(t)
	require.Nil(t, next)
	require.Equal(t, "a.b", items[0]["type"])
	require.Equal(t, map[string]any{"platform": "sms"}, items[0]["extensions"])
	require.NotContains(t, items[0], "data")
	for query, want := range map[string]int{"type=a.b": 1, "source=/two": 1, "cloudevent_id=2": 1, "cloudevent_id=2&type=a.b": 0} {
		items, _ := w.get(t, "/v1/events?"+query).items(t)
		require.Len(t, items, want, query)
	}
}

func TestPublishIsPartOfTheCallersTrace(t *testing.T) {
	t.Parallel()
	tracer := &recorder{}
	w := start(t)
	w.Server = unifiedtest.Start(t, tracer)
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	a := w.do(t, call{
		method: http.MethodPost, path: "/v1/events", body: `{"type":"a.b","data":1}`,
		headers: map[string]string{"traceparent": "00-" + id + "-00f067aa0ba902b7-01"},
	})
	require.Equal(t, 202, a.status)
	require.Equal(t, id, w.get(t, "/v1/events/"+a.id(t)).get(t, "trace_id"))
	require.Equal(t, []string{"POST /v1/events", "publish a.b"}, tracer.started()[:2])
}

var _ trace.Tracer = (*recorder)(nil)

func TestDataOfEveryJSONTypeIsTaken(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, data := range []string{"null", "1", `"x"`, "[]", "{}", "true"} {
		a := w.post(t, "/v1/events", `{"type":"a.b","data":`+data+`}`, http.StatusAccepted)
		var e struct {
			Data json.RawMessage `json:"data"`
		}
		w.get(t, "/v1/events/"+a.id(t)).decode(t, &e)
		require.Equal(t, data, string(e.Data))
	}
}
