package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/core/gateway"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// TestMain makes the test binary its own plugins, as the gateway's is.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "adapter" {
		adapter, err := Adapter(os.Args[2])
		if err != nil {
			panic(err)
		}
		sdk.Serve(adapter)
		return
	}
	os.Exit(m.Run())
}

const benchKey = "swh_operator-key-for-benchmarks"

// direct has the adapters answer in this process, without a plugin between.
type direct map[string]http.Handler

func (d direct) Handle(ctx context.Context, provider string, req pluginhost.APIRequest, engine sdk.Engine) (*sdk.Response, error) {
	r, err := http.NewRequestWithContext(sdk.WithEngine(ctx, engine, req.Caller), req.Method, req.Path, bytes.NewReader(req.Body))
	if err != nil {
		return nil, err
	}
	for _, h := range req.Headers {
		r.Header.Add(h.Name, h.Value)
	}
	w := httptest.NewRecorder()
	d[provider].ServeHTTP(w, r)
	out := &sdk.Response{Status: w.Code, Body: w.Body.Bytes()}
	for name := range w.Header() {
		out.Headers = append(out.Headers, sdk.Header{Name: name, Value: w.Header().Get(name)})
	}
	return out, nil
}

// vendorCall is a create of a vendor's API, and where its answer has the id.
type vendorCall struct {
	provider, collection, body, authWord string
	id                                   func(answer map[string]any) any
}

var vendorCalls = []vendorCall{
	{"chatbot", "/chatbot/webhooks", `{"name":"n","url":"https://example.com/%d"}`, "Bearer", member("id")},
	{
		"bird", "/bird/workspaces/a1405560-c8d3-4b1a-877d-3f449ad95352/webhook-subscriptions",
		`{"service":"channels","event":"sms.outbound","url":"https://example.com/%d"}`, "AccessKey", member("id"),
	},
	{
		"whatsapp", "/whatsapp/webhooks", `{"url":"https://example.com/%d","events":["message.received"]}`, "Bearer",
		func(a map[string]any) any { return a["data"].(map[string]any)["id"] },
	},
	{"vonage", "/vonage/webhooks/subscriptions", `{"name":"name %[1]d","url":"https://example.com/%[1]d","events":["*"]}`, "bearer", member("subscriptionId")},
}

func member(name string) func(map[string]any) any {
	return func(a map[string]any) any { return a[name] }
}

// BenchmarkVendorAPI measures create and get over HTTP, answered by plugin
// processes and by the same adapters in this process. The difference is the
// plugin's own cost: a gRPC stream, and on it a round trip for the request and
// for each call that the adapter makes to the engine.
func BenchmarkVendorAPI(b *testing.B) {
	edges := benchEdges(b)
	for _, v := range vendorCalls {
		for _, edge := range []string{"plugin", "direct"} {
			b.Run(v.provider+"/"+edge, func(b *testing.B) {
				client := &vendorClient{b: b, base: edges[edge], call: v}
				var creates, gets []time.Duration
				for i := 0; b.Loop(); i++ {
					start := time.Now()
					answer := client.do(http.MethodPost, v.collection, fmt.Sprintf(v.body, i))
					creates = append(creates, time.Since(start))
					var members map[string]any
					require.NoError(b, json.Unmarshal(answer, &members))
					one := fmt.Sprintf("%s/%v", v.collection, v.id(members))
					start = time.Now()
					client.do(http.MethodGet, one, "")
					gets = append(gets, time.Since(start))
					client.do(http.MethodDelete, one, "")
				}
				b.ReportMetric(0, "ns/op") // three requests, of which two are reported
				report(b, "create", creates)
				report(b, "get", gets)
			})
		}
	}
}

func report(b *testing.B, name string, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		at := took[(len(took)-1)*p/100]
		b.ReportMetric(float64(at.Microseconds()), fmt.Sprintf("%s-p%d-µs", name, p))
	}
}

// benchEdges serves one gateway twice: with its plugins, and without.
func benchEdges(b *testing.B) map[string]string {
	b.Helper()
	cfg := config.Default()
	cfg.Data, cfg.Listen, cfg.AdminKey = b.TempDir(), "127.0.0.1:0", benchKey
	// No request may leave the machine: the subscribers' URLs are only names.
	quiet := map[string]sdk.Secret{"verify": "off"}
	cfg.Plugins = map[string]config.Plugin{"chatbot": {Enabled: true, Settings: quiet}}
	a, err := New(b.Context(), cfg, Options{Version: "bench", Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, a.close(context.Background())) })
	adapters := direct{}
	for _, name := range Bundled() {
		adapter, err := Adapter(name)
		require.NoError(b, err)
		if c, ok := adapter.(sdk.Configurer); ok {
			require.NoError(b, c.Configure(quiet))
		}
		adapters[name] = adapter.Handler()
	}
	directConfig, err := a.gatewayConfig(a.services, adapters)
	require.NoError(b, err)
	g, err := gateway.New(directConfig)
	require.NoError(b, err)
	b.Cleanup(g.Close)
	require.NoError(b, g.Update(a.host.Providers()))
	edges := map[string]string{}
	for name, handler := range map[string]http.Handler{"plugin": a.gateway.Load(), "direct": g} {
		s := httptest.NewServer(handler)
		b.Cleanup(s.Close)
		edges[name] = s.URL
	}
	return edges
}

// vendorClient is a client of one vendor's API.
type vendorClient struct {
	b    *testing.B
	base string
	call vendorCall
}

func (c *vendorClient) do(method, path, body string) []byte {
	c.b.Helper()
	r, err := http.NewRequestWithContext(c.b.Context(), method, c.base+path, bytes.NewReader([]byte(body)))
	require.NoError(c.b, err)
	r.Header.Set("Authorization", c.call.authWord+" "+benchKey)
	r.Header.Set("Accept", "*/*")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(c.b, err)
	defer func() { require.NoError(c.b, res.Body.Close()) }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(c.b, err)
	require.Less(c.b, res.StatusCode, 300, "%s %s: %s", method, path, answer)
	return answer
}
