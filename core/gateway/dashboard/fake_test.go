package dashboard_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/dashboard"
	"github.com/switchhook/switchhook/core/secret"
)

const (
	operatorKey = "swh_operator-key-0123456789"
	accountKey  = "swh_account-key-0123456789"
	subID       = "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b11"
	deliveryID  = "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b12"
	eventID     = "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10"
	keyID       = "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b13"
	replayID    = "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b14"
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
)

// world is a dashboard on a fake API.
type world struct {
	dashboard http.Handler
	api       *fakeAPI
	mu        sync.Mutex
	now       time.Time
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T, change ...func(*dashboard.Config)) *world {
	t.Helper()
	box, err := secret.NewBox([]byte(strings.Repeat("k", secret.KeySize)))
	require.NoError(t, err)
	w := &world{api: &fakeAPI{answers: map[string]canned{}, revoked: map[string]bool{}}, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	cfg := dashboard.Config{API: w.api, Box: box, MaxBodyBytes: 1 << 20, Now: w.time, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	for _, c := range change {
		c(&cfg)
	}
	w.dashboard, err = dashboard.New(cfg)
	require.NoError(t, err)
	return w
}

// request asks for a page, with a cookie where one is given.
func (w *world) request(r *http.Request, cookies ...*http.Cookie) *http.Response {
	for _, c := range cookies {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	w.dashboard.ServeHTTP(rec, r)
	return rec.Result()
}

func (w *world) get(path string, cookies ...*http.Cookie) *http.Response {
	return w.request(httptest.NewRequest(http.MethodGet, path, nil), cookies...)
}

func (w *world) post(path string, values url.Values, cookies ...*http.Cookie) *http.Response {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.request(r, cookies...)
}

// login returns the cookie of a key.
func (w *world) login(t *testing.T, key string) *http.Cookie {
	t.Helper()
	answer := w.post("/ui/login", url.Values{"key": {key}})
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Len(t, answer.Cookies(), 1)
	return answer.Cookies()[0]
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(b)
}

// canned is an answer of the API.
type canned struct {
	status int
	body   string
	header []string
}

// fakeAPI answers by method and path, and keeps what it was asked.
type fakeAPI struct {
	mu      sync.Mutex
	answers map[string]canned
	revoked map[string]bool
	asked   []asked
}

type asked struct {
	method, target, body string
	header               http.Header
}

func (f *fakeAPI) answer(endpoint string, c canned) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[endpoint] = c
}

// last is the latest request of a method.
func (f *fakeAPI) last(method string) asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.asked) - 1; i >= 0; i-- {
		if f.asked[i].method == method {
			return f.asked[i]
		}
	}
	return asked{}
}

// asking is the first request whose target begins so.
func (f *fakeAPI) asking(prefix string) asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if strings.HasPrefix(a.target, prefix) {
			return a
		}
	}
	return asked{}
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.asked = append(f.asked, asked{r.Method, r.URL.RequestURI(), string(body), r.Header.Clone()})
	c, ok := f.answers[r.Method+" "+r.URL.Path]
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	revoked := f.revoked[key]
	f.mu.Unlock()
	switch {
	case revoked || key != operatorKey && key != accountKey:
		c = problem(401, "unauthenticated", "The key is unknown, expired or revoked")
	case key == accountKey && strings.HasPrefix(r.URL.Path, "/v1/accounts"):
		c = problem(403, "denied", "Only an operator key may do this")
	case !ok:
		c, ok = defaults[r.Method+" "+r.URL.Path]
		if !ok {
			c = problem(404, "not_found", "There is no such thing")
		}
	}
	w.Header().Set("Content-Type", "application/json")
	for i := 0; i+1 < len(c.header); i += 2 {
		w.Header().Set(c.header[i], c.header[i+1])
	}
	w.WriteHeader(c.status)
	_, _ = io.WriteString(w, c.body)
}

func problem(status int, code, detail string, fields ...string) canned {
	var list []string
	for i := 0; i+1 < len(fields); i += 2 {
		list = append(list, `{"in":"body","field":"`+fields[i]+`","message":"`+fields[i+1]+`"}`)
	}
	body := `{"type":"about:blank","title":"` + http.StatusText(status) + `","status":` + strconv.Itoa(status) +
		`,"detail":"` + detail + `","code":"` + code + `","request_id":"r","errors":[` + strings.Join(list, ",") + `]}`
	return canned{status: status, body: body, header: []string{"Content-Type", "application/problem+json"}}
}

const (
	subscriptionJSON = `{"id":"` + subID + `","external_id":"ext","provider":"standard","namespace":"","name":"Shop <b>","url":"https://example.com/hooks","events":["order.*"],` +
		`"headers":[{"name":"X-Shop","value":"[REDACTED]"}],"settings":{"signature":"v1"},"enabled":true,"failing_since":"2026-11-22T09:00:00Z","created_at":"2026-11-22T08:00:00Z","updated_at":"2026-11-22T08:00:00Z","filters":[],"delivery":{"timeout_seconds":5},"auth":{}`
	attemptJSON = `{"number":1,"started_at":"2026-11-22T09:59:00Z","duration_ms":12.5,"response_status":500,"error":"the endpoint answered 500","response_body":"<script>alert(1)</script>",` +
		`"request_headers":[{"name":"Webhook-Signature","value":"[REDACTED]"}],"timings":{"dns_ms":1,"connect_ms":2,"tls_ms":3,"first_byte_ms":10,"total_ms":12.5}}`
	deliveryJSON = `{"id":"` + deliveryID + `","event_id":"` + eventID + `","subscription_id":"` + subID + `","provider":"standard","event_type":"order.created","status":"dead","attempts":[` + attemptJSON + `],` +
		`"trace_id":"` + traceID + `","created_at":"2026-11-22T09:58:00Z","updated_at":"2026-11-22T09:59:00Z"}`
	eventJSON      = `{"id":"` + eventID + `","cloudevent_id":"ce-1","source":"/shop","type":"order.created","time":"2026-11-22T09:58:00Z","extensions":{},"accepted_at":"2026-11-22T09:58:00Z","data":{"order":"4711"}}`
	keyJSON        = `{"id":"` + keyID + `","name":"backend","client_id":"c","scopes":["*"],"operator":false,"hint":"swh_4fQz…","created_at":"2026-11-22T08:00:00Z"`
	jobJSON        = `{"id":"` + replayID + `","from":"2026-11-21T00:00:00Z","to":"2026-11-22T00:00:00Z","statuses":"failed","event_types":[],"subscription_id":"` + subID + `","status":"running","total":10,"done":4,"created":3,"failed":1,"created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:00Z"}`
	auditJSON      = `{"id":"` + keyID + `","at":"2026-11-22T09:00:00Z","actor":{"operator":true,"portal":false,"key_name":"first"},"action":"UpdateSubscription","resource":{"type":"subscription","id":"` + subID + `"},"before":{"enabled":true},"after":{"enabled":false},"request_id":"r"}`
	vendorJSON     = `{"name":"standard","state":"down","title":"Standard Webhooks","version":"1.0.0","last_error":"exit status 1"}`
	statisticsJSON = `{"from":"2026-11-22T09:00:00Z","to":"2026-11-22T09:02:00Z","step":60,"items":[` +
		`{"time":"2026-11-22T09:00:00Z","published":1200,"refused":1,"delivered":1199,"dead":1,"failed_attempts":2,"backlog":9,"latency_ms":{"p50":12.5,"p95":45,"p99":90}},` +
		`{"time":"2026-11-22T09:01:00Z","published":0,"refused":0,"delivered":0,"dead":0,"failed_attempts":0,"backlog":0}]}`
	traceJSON = `{"trace_id":"` + traceID + `","viewer_url":"https://jaeger.example/trace/` + traceID + `","recorded":true,"truncated":false,"start_time":"2026-11-22T09:58:00Z","duration_ms":100,"spans":[` +
		`{"span_id":"a","name":"publish order.created","kind":"producer","service":"switchhook","start_time":"2026-11-22T09:58:00Z","duration_ms":10,"status":"unset","attributes":{"switchhook.event.id":"` + eventID + `"},"events":[],"links":[],"source":"recorded"},` +
		`{"span_id":"c","parent_span_id":"b","name":"attempt POST","kind":"client","service":"switchhook","start_time":"2026-11-22T09:58:00.050Z","duration_ms":50,"status":"error","status_message":"HTTP 500","attributes":{"http.response.status_code":500},"events":[{"name":"tls","time":"2026-11-22T09:58:00.060Z","attributes":{}}],"links":[{"trace_id":"` + traceID + `","span_id":"z","attributes":{"switchhook.link":"retry"}}],"source":"recorded"},` +
		`{"span_id":"b","parent_span_id":"a","name":"deliver order.created","kind":"consumer","delivery_id":"` + deliveryID + `","service":"switchhook","start_time":"2026-11-22T09:58:00.040Z","duration_ms":60,"status":"unset","attributes":{},"events":[],"links":[],"source":"recorded"}]}`
	summaryJSON = `{"trace_id":"` + traceID + `","name":"POST /v1/events","start_time":"2026-11-22T09:58:00Z","duration_ms":101,"spans":1234,"errors":2,"services":["switchhook"],"event_id":"` + eventID + `","account_id":"` + keyID + `"}`
	typeJSON    = `{"name":"order.created","origin":"own","description":"An order","deprecated":false,"schema":{"type":"object"}}`
)

func listOf(item string) canned {
	return canned{status: 200, body: `{"items":[` + item + `],"next_cursor":null}`}
}

var defaults = map[string]canned{
	"GET /v1/accounts":                            listOf(`{"id":"` + subID + `","name":"default","event_validation":"off","limits":{},"created_at":"2026-11-22T08:00:00Z"},{"id":"` + keyID + `","name":"acme","event_validation":"off","limits":{},"created_at":"2026-11-22T08:00:00Z"}`),
	"GET /v1/accounts/acme":                       {status: 200, body: `{"id":"` + keyID + `","name":"acme","event_validation":"off","limits":{},"created_at":"2026-11-22T08:00:00Z"}`},
	"GET /v1/subscriptions":                       listOf(subscriptionJSON + "}"),
	"GET /v1/subscriptions/" + subID:              {status: 200, body: subscriptionJSON + "}", header: []string{"ETag", `"7"`}},
	"GET /v1/deliveries":                          listOf(deliveryJSON),
	"GET /v1/deliveries/" + deliveryID:            {status: 200, body: deliveryJSON},
	"GET /v1/events":                              listOf(eventJSON),
	"GET /v1/events/" + eventID:                   {status: 200, body: eventJSON},
	"GET /v1/event-types":                         listOf(typeJSON),
	"GET /v1/replays":                             listOf(jobJSON),
	"GET /v1/replays/" + replayID:                 {status: 200, body: jobJSON},
	"GET /v1/keys":                                listOf(keyJSON + "}"),
	"GET /v1/audit-log":                           listOf(auditJSON),
	"GET /v1/statistics":                          {status: 200, body: statisticsJSON},
	"GET /v1/deliveries/" + deliveryID + "/trace": {status: 200, body: traceJSON},
	"GET /v1/events/" + eventID + "/trace":        {status: 200, body: traceJSON},
	"GET /v1/traces":                              listOf(summaryJSON),
	"GET /v1/traces/" + traceID:                   {status: 200, body: traceJSON},
	"GET /v1/providers":                           {status: 200, body: `{"items":[` + vendorJSON + `]}`},
	"GET /v1/providers/standard":                  {status: 200, body: vendorJSON},
}

// requireMember checks a member of a JSON object; "" is for one that it must not have.
func requireMember(t *testing.T, want, object, name string) {
	t.Helper()
	var all map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(object), &all))
	if want == "" {
		require.NotContains(t, all, name)
		return
	}
	require.JSONEq(t, want, string(all[name]))
}
