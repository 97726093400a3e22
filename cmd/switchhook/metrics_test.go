package main

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
)

// sample is one line of /metrics.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

var (
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$`)
	labelPair  = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"`)
)

// scrape reads /metrics.
func (g *gateway) scrape() (samples []sample, text string) {
	g.t.Helper()
	a := g.do("GET", "/metrics", "")
	require.Equal(g.t, http.StatusOK, a.status)
	for lines := bufio.NewScanner(bytes.NewReader(a.body)); lines.Scan(); {
		if line := lines.Text(); !strings.HasPrefix(line, "#") && line != "" {
			m := sampleLine.FindStringSubmatch(line)
			require.NotNil(g.t, m, line)
			value, err := strconv.ParseFloat(m[3], 64)
			require.NoError(g.t, err, line)
			s := sample{name: m[1], labels: map[string]string{}, value: value}
			for _, l := range labelPair.FindAllStringSubmatch(m[2], -1) {
				s.labels[l[1]] = l[2]
			}
			samples = append(samples, s)
		}
	}
	return samples, string(a.body)
}

// metric sums the samples of a name whose labels have all of some pairs.
func (g *gateway) metric(name string, pairs ...string) float64 {
	g.t.Helper()
	samples, _ := g.scrape()
	sum := 0.0
	for _, s := range samples {
		fits := s.name == name
		for i := 0; i < len(pairs); i += 2 {
			fits = fits && s.labels[pairs[i]] == pairs[i+1]
		}
		if fits {
			sum += s.value
		}
	}
	return sum
}

// waitMetric waits until a metric is at least so much.
func (g *gateway) waitMetric(least float64, name string, pairs ...string) {
	g.t.Helper()
	var last float64
	require.Eventually(g.t, func() bool {
		last = g.metric(name, pairs...)
		return last >= least
	}, patience, 50*time.Millisecond, "%s%v: want %v, have %v", name, pairs, least, &last)
}

// answering is a subscriber that answers a status to all.
func answering(t *testing.T, status int) *receiver {
	t.Helper()
	return newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
}

// busy makes a gateway do a little of everything, and returns what no metric may name.
func busy(t *testing.T, g *gateway) (ids []string) {
	t.Helper()
	once := map[string]any{"retry": map[string]any{"max_attempts": 1}}
	well, bad, gone := newReceiver(t, nil), answering(t, http.StatusInternalServerError), answering(t, http.StatusGone)
	closed := httptest.NewServer(nil)
	closed.Close()
	g.do("POST", "/callbell/v1/webhooks/subscribe", `{"url":"`+well.URL+`","subscriptions":["message_created"]}`, callbellHeaders...).
		requireStatus(t, http.StatusOK)
	ids = append(ids, g.subscribe("standard", well.URL+"/path-of-a-subscriber", "order.created"))
	for kind, to := range map[string]string{"fails": bad.URL, "refuses": closed.URL} {
		ids = append(ids, g.subscribeWith(map[string]any{"url": to, "events": []string{kind}, "delivery": once}))
	}
	ids = append(ids, g.subscribe("standard", gone.URL, "gone"))

	for range 3 {
		g.waitDelivery(g.publish("order.created", `{}`), "delivered")
	}
	g.waitDelivery(g.publish("message.received", messageReceived), "delivered")
	g.publish("nobody.wants", `{}`)
	g.waitDelivery(g.publish("gone", `{}`), "dead")
	g.waitDelivery(g.publish("refuses", `{}`), "dead")
	dead := g.waitDelivery(g.publish("fails", `{}`), "dead")
	g.unified(http.StatusAccepted, "POST", "/v1/deliveries/"+dead.ID+"/retry", "")
	g.waitMetric(1, "switchhook_delivery_retries_total")
	for range 2 { // the second repeats the first
		a := g.do("POST", "/v1/events", `{"specversion":"1.0","id":"1","source":"/t","type":"order.created"}`,
			"Authorization: Bearer "+operatorKey, "Content-Type: application/cloudevents+json")
		a.requireStatus(t, http.StatusAccepted)
	}
	g.unified(http.StatusOK, "PATCH", "/v1/accounts/default", `{"limits":{"events_per_second":1,"burst":1}}`)
	require.Eventually(t, func() bool {
		a := g.do("POST", "/v1/events", `{"type":"order.created","data":{}}`, "Authorization: Bearer "+operatorKey, "Content-Type: application/json")
		return a.status == http.StatusTooManyRequests
	}, patience, 10*time.Millisecond)
	b := newBrowser(g)
	b.login(operatorKey)
	b.open(http.StatusOK, "/ui/subscriptions/"+ids[0]+"?of="+ids[0], nil)
	b.open(http.StatusOK, "/ui/subscriptions/"+ids[0]+"/state", url.Values{"do": {"enable"}})
	b.open(http.StatusNotFound, "/ui/"+ids[0], nil)
	g.do("GET", "/ui/assets/app.css", "").requireStatus(t, http.StatusOK)
	g.do("GET", "/v1/no-such-path", "")
	g.do("GET", "/nobody/at/all?token=secret", "")
	g.do("BREW", "/v1/events/"+ids[0], "")
	return append(ids, dead.ID, "path-of-a-subscriber", strings.TrimPrefix(well.URL, "http://"), strings.TrimPrefix(bad.URL, "http://"))
}

// What a gateway that has done a little of everything shows is what is defined, and
// all of it: every metric, with the labels and the values that the definitions
// have, and with nothing that names a subscription, an address or an account.
func TestMetricsAreAsDefined(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		collector := httptest.NewServer(otlpsink.New(10_000))
		t.Cleanup(collector.Close)
		g := startGateway(t, database, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "SWITCHHOOK_RETENTION_INTERVAL=100ms")
		ids := busy(t, g)
		g.waitMetric(1, "switchhook_store_size_bytes")
		defined := map[string]*instrument.Definition{}
		for _, d := range instrument.All() {
			defined[d.PrometheusName()] = d
		}
		samples, text := g.scrape()
		seen := map[string]bool{}
		for _, s := range samples {
			d := definitionOf(defined, s.name)
			if d == nil {
				require.Regexp(t, `^(go_|process_|target_info$)`, s.name, "this metric is not defined")
				continue
			}
			seen[d.Name] = true
			requireLabels(t, d, s)
		}
		for _, d := range instrument.All() {
			onlySQLite := d == instrument.StoreFree || d == instrument.DiskFree
			if !onlySQLite || database == "" {
				require.True(t, seen[d.Name], "%s is defined and not shown", d.PrometheusName())
			}
		}
		var accounts struct{ Items []struct{ ID string } }
		g.unified(http.StatusOK, "GET", "/v1/accounts", "").decode(t, &accounts)
		require.NotEmpty(t, accounts.Items)
		for _, a := range accounts.Items {
			ids = append(ids, a.ID)
		}
		for _, id := range ids {
			require.NotContains(t, text, id)
		}
		requireCounts(t, g)
	})
}

// requireCounts checks what the run has counted.
func requireCounts(t *testing.T, g *gateway) {
	t.Helper()
	for _, c := range []struct {
		least float64
		name  string
		pairs []string
	}{
		{1, "switchhook_event_published_total", []string{"outcome", "duplicate"}},
		{5, "switchhook_event_published_total", []string{"outcome", "accepted"}},
		{3, "switchhook_delivery_attempts_total", []string{"provider", "standard", "outcome", "success"}},
		{1, "switchhook_delivery_attempts_total", []string{"provider", "callbell", "outcome", "success"}},
		{2, "switchhook_delivery_attempts_total", []string{"outcome", "http_5xx"}},
		{1, "switchhook_delivery_attempts_total", []string{"outcome", "http_4xx"}},
		{1, "switchhook_delivery_attempts_total", []string{"outcome", "refused"}},
		{3, "switchhook_delivery_finished_total", []string{"status", "dead"}},
		{1, "switchhook_subscription_disabled_total", []string{"reason", "gone"}},
		{1, "switchhook_request_refused_total", []string{"reason", "account_rate"}},
		{1, "switchhook_egress_dials_total", []string{"result", "failure"}},
		{1, "switchhook_plugin_state", []string{"provider", "callbell", "state", "up"}},
		{2, "switchhook_ready", nil},
		{1, "http_server_request_duration_seconds_count", []string{"http_route", "/v1/events", "http_request_method", "POST", "http_response_status_code", "429"}},
		{1, "http_server_request_duration_seconds_count", []string{"http_route", "/callbell/v1/webhooks/subscribe"}},
		{1, "http_server_request_duration_seconds_count", []string{"http_request_method", "_OTHER"}},
		{1, "http_server_request_duration_seconds_count", []string{"http_route", "/ui/subscriptions/{id}", "http_response_status_code", "200"}},
		{1, "http_server_request_duration_seconds_count", []string{"http_route", "/ui/subscriptions/{id}/state", "http_response_status_code", "303"}},
		{1, "http_server_request_duration_seconds_count", []string{"http_route", "/ui/login", "http_request_method", "POST"}},
		{1, "http_server_request_duration_seconds_count", []string{"http_route", "/"}},
		{1, "http_server_request_duration_seconds_count", []string{"http_route", "/ui/assets/{file...}"}},
		{4, "switchhook_delivery_latency_seconds_count", nil},
	} {
		g.waitMetric(c.least, c.name, c.pairs...)
	}
}

// definitionOf finds a metric by the name of one of its samples.
func definitionOf(defined map[string]*instrument.Definition, name string) *instrument.Definition {
	if d := defined[name]; d != nil {
		return d
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && defined[base] != nil && defined[base].Kind == instrument.Histogram {
			return defined[base]
		}
	}
	return nil
}

// requireLabels checks a sample by its definition.
func requireLabels(t *testing.T, d *instrument.Definition, s sample) {
	t.Helper()
	known := map[string]bool{"le": d.Kind == instrument.Histogram}
	for i := range d.Attributes {
		a := &d.Attributes[i]
		label := a.PrometheusLabel()
		known[label] = true
		v, has := s.labels[label]
		require.True(t, has || a.Optional, "%s lacks %s", s.name, label)
		if a.Values != nil && has {
			require.True(t, slices.Contains(a.Values, v), "%s: %s=%q is not defined", s.name, label, v)
		}
	}
	for label := range s.labels {
		require.True(t, known[label], "%s: label %s is not defined", s.name, label)
	}
}

// A plugin that ends is counted, and logged with the reason, in one line.
func TestPluginRestartsAreCounted(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	pid := regexp.MustCompile(`msg="plugin is up" provider=callbell pid=(\d+)`).FindStringSubmatch(g.log.String())
	require.NotNil(t, pid, g.log.String())
	n, err := strconv.Atoi(pid[1])
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(n, syscall.SIGKILL))
	g.waitMetric(1, "switchhook_plugin_restarts_total", "provider", "callbell")
	g.waitMetric(1, "switchhook_plugin_state", "provider", "callbell", "state", "up")
	require.Zero(t, g.metric("switchhook_plugin_restarts_total", "provider", "chatbot"))
	require.Equal(t, 1, strings.Count(g.log.String(), `msg="plugin is down" provider=callbell`), g.log.String())
}
