package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// plugins answers as adapters do: an answer that shows the request, or a failure
// in an envelope of its own.
type plugins struct {
	// handle answers in place of the default, if set.
	handle func(ctx context.Context, provider string, req pluginhost.APIRequest, engine sdk.Engine) (*sdk.Response, error)
}

func (p *plugins) Handle(ctx context.Context, provider string, req pluginhost.APIRequest, engine sdk.Engine) (*sdk.Response, error) {
	if p.handle != nil {
		return p.handle(ctx, provider, req, engine)
	}
	return echo(provider, req), nil
}

// shown is what echo answers.
type shown struct {
	Provider, Method, Path, Query, Body, Operation string
	Caller                                         sdk.Caller
	Headers                                        map[string][]string
	Failure                                        *sdk.Error
}

func echo(provider string, req pluginhost.APIRequest) *sdk.Response {
	s := shown{
		Provider: provider, Method: req.Method, Path: req.Path, Query: req.Query, Body: string(req.Body),
		Operation: req.OperationID, Caller: req.Caller, Headers: map[string][]string{}, Failure: req.Failure,
	}
	for _, h := range req.Headers {
		s.Headers[h.Name] = append(s.Headers[h.Name], h.Value)
	}
	status := http.StatusOK
	if req.Failure != nil {
		status = req.Failure.Code.Status()
	}
	body, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return &sdk.Response{Status: status, Body: body, Headers: []sdk.Header{{Name: "Content-Type", Value: "application/vendor+json"}}}
}

// keys authenticates by a table of tokens.
type keys map[string]*account.Principal

func (k keys) Authenticate(_ context.Context, token sdk.Secret, forAccount string) (*account.Principal, error) {
	p := k[token.Reveal()]
	switch {
	case token == "broken":
		return nil, io.ErrUnexpectedEOF
	case p == nil:
		return nil, &sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials, Message: "The API key is unknown, expired or revoked"}
	case forAccount == "":
		return p, nil
	case !p.Operator:
		return nil, &sdk.Error{Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "Only an operator key may act for another account"}
	case forAccount != "other":
		return nil, sdk.Errorf(sdk.CodeNotFound, "There is no such account")
	}
	other := *p
	other.AccountID = otherAccount
	return &other, nil
}

var (
	mainAccount  = uuid.MustParse("01900000-0000-7000-8000-000000000001")
	otherAccount = uuid.MustParse("01900000-0000-7000-8000-000000000002")
)

func key(scopes ...string) *account.Principal {
	return &account.Principal{AccountID: mainAccount, Scopes: scopes}
}

// world is a gateway with fakes around it.
type world struct {
	*Gateway
	plugins       *plugins
	subscriptions *subscriptions
	deliveries    *deliveries
	outside       *outside
	logs          *lockedBuffer
	now           *clock
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newWorld makes a gateway that serves testdata/vendor.yaml as "vendor", with
// the manifest and configuration as the options change them.
func newWorld(tb testing.TB, options ...func(*Config, *sdk.Manifest)) *world {
	tb.Helper()
	w := &world{
		plugins: &plugins{}, subscriptions: &subscriptions{}, deliveries: &deliveries{}, outside: &outside{},
		logs: &lockedBuffer{}, now: &clock{t: time.Unix(1_700_000_000, 0)},
	}
	cfg := Config{
		Providers: []string{"vendor", "sleeper"}, Hosts: map[string]string{"API.vendor.example": "vendor"},
		Plugins: w.plugins, Subscriptions: w.subscriptions, Deliveries: w.deliveries, Events: w.outside, Prober: w.outside,
		Authenticator: keys{
			"all": key("*"), "events": key("events:write"), "reader": key("subscriptions:read"),
			"writer": key("subscriptions:write"), "admin-read": key("admin:read"), "admin-write": key("admin:write"),
			"admin": key("admin:read", "admin:write"), "operator": {AccountID: mainAccount, Operator: true},
		},
		Granter: &clients{},
		Unified: named("unified"), Metrics: named("metrics"), MaxBodyBytes: 1000,
		Now: w.now.Now, TracerProvider: noop.NewTracerProvider(), Log: slog.New(slog.NewJSONHandler(w.logs, nil)),
	}
	m := manifest(tb)
	for _, o := range options {
		o(&cfg, &m)
	}
	g, err := New(cfg)
	require.NoError(tb, err)
	w.Gateway = g
	tb.Cleanup(g.Close)
	require.NoError(tb, g.Update(set(tb, m)))
	return w
}

// named answers with its name and the path it got.
func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, name+" "+r.URL.Path+" "+RequestID(r.Context()))
	})
}

func manifest(tb testing.TB) sdk.Manifest {
	tb.Helper()
	document, err := os.ReadFile("testdata/vendor.yaml")
	require.NoError(tb, err)
	return sdk.Manifest{
		Provider: "vendor", Title: "A vendor", OpenAPI: document, OpenCatalogue: true, IDFormat: sdk.IDFormatUUID,
		URL:      sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery: sdk.DeliveryPolicy{Timeout: time.Second, MaxAttempts: 1},
		Unavailable: &sdk.Response{
			Status: 503, Headers: []sdk.Header{{Name: "Content-Type", Value: "application/vendor+json"}}, Body: []byte(`{"down":true}`),
		},
	}
}

func set(tb testing.TB, manifests ...sdk.Manifest) *provider.Set {
	tb.Helper()
	providers := make([]*provider.Provider, len(manifests))
	for i, m := range manifests {
		p, err := provider.New(m)
		require.NoError(tb, err)
		providers[i] = p
	}
	s, err := provider.NewSet(providers...)
	require.NoError(tb, err)
	return s
}

// request is one request of a client; Path with its query.
type request struct {
	method, path, host, body string
	headers                  map[string]string
}

// answer is what the client got.
type answer struct {
	status int
	header http.Header
	body   string
	shown  shown
}

// do sends a request over HTTP, with the key that may do all unless the headers
// say otherwise ("Authorization": "" sends none).
func (w *world) do(t *testing.T, in request) answer {
	t.Helper()
	server := httptest.NewServer(w)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), in.method, server.URL+in.path, strings.NewReader(in.body))
	require.NoError(t, err)
	if in.host != "" {
		r.Host = in.host
	}
	headers := map[string]string{"Authorization": "Bearer all"}
	maps.Copy(headers, in.headers)
	for name, value := range headers {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	out := answer{status: response.StatusCode, header: response.Header, body: string(body)}
	if response.Header.Get("Content-Type") == "application/vendor+json" && in.method != http.MethodHead {
		require.NoError(t, json.Unmarshal(body, &out.shown))
	}
	return out
}

// get is do for a path below the vendor's base.
func (w *world) get(t *testing.T, path string, headers ...string) answer {
	t.Helper()
	in := request{method: http.MethodGet, path: "/vendor/base/v1" + path, headers: map[string]string{}}
	for i := 0; i < len(headers); i += 2 {
		in.headers[headers[i]] = headers[i+1]
	}
	return w.do(t, in)
}

// post is do for a JSON body.
func (w *world) post(t *testing.T, path, body string) answer {
	t.Helper()
	return w.do(t, request{
		method: http.MethodPost, path: "/vendor/base/v1" + path, body: body,
		headers: map[string]string{"Content-Type": "application/json"},
	})
}

// subscriptions records what it is asked.
type subscriptions struct {
	mu    sync.Mutex
	calls []any
	list  []subscription.Subscription
	err   error
}

func (s *subscriptions) note(call ...any) (*subscription.Subscription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call...)
	if s.err != nil {
		return nil, s.err
	}
	return &subscription.Subscription{
		ID: uuid.MustParse("01900000-0000-7000-8000-00000000000a"), ExternalID: "external",
		SubscriptionSpec: sdk.SubscriptionSpec{Secret: "hidden", Settings: map[string]string{"a": "b"}},
	}, nil
}

func (s *subscriptions) Create(_ context.Context, o subscription.Owner, spec sdk.SubscriptionSpec) (*subscription.Subscription, error) {
	return s.note("create", o, spec)
}

func (s *subscriptions) Put(_ context.Context, o subscription.Owner, spec sdk.SubscriptionSpec) (*subscription.Subscription, bool, error) {
	sub, err := s.note("put", o, spec)
	return sub, true, err
}

func (s *subscriptions) Get(_ context.Context, sel subscription.Selector) (*subscription.Subscription, error) {
	return s.note("get", sel)
}

func (s *subscriptions) List(_ context.Context, q subscription.Query) ([]subscription.Subscription, error) {
	_, err := s.note("list", q)
	return s.list[:min(len(s.list), q.Limit)], err
}

func (s *subscriptions) Update(
	_ context.Context, sel subscription.Selector, version int64, patch sdk.SubscriptionPatch,
) (*subscription.Subscription, error) {
	return s.note("update", sel, version, patch)
}

func (s *subscriptions) Delete(ctx context.Context, sel subscription.Selector) (*subscription.Subscription, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return s.note("delete", sel)
}

func (s *subscriptions) NoteError(_ context.Context, sel subscription.Selector, message string) error {
	_, err := s.note("error", sel, message)
	return err
}

type deliveries struct {
	query   delivery.Query
	records []delivery.Record
	total   int
}

func (d *deliveries) ListDeliveries(_ context.Context, q delivery.Query) ([]delivery.Record, error) {
	d.query = q
	return d.records, nil
}

func (d *deliveries) CountDeliveries(context.Context, delivery.Query) (int, error) {
	return d.total, nil
}

// constant answers always the same.
func constant(context.Context, string, pluginhost.APIRequest, sdk.Engine) (*sdk.Response, error) {
	return &sdk.Response{Status: http.StatusOK}, nil
}
