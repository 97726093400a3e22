package instrument

import "net/http"

// Buckets of durations, in seconds. Those of HTTP and databases are what the
// semantic conventions advise.
var (
	httpBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	fastBuckets = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
	longBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 43200, 259200}
	sizeBuckets = []float64{0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}
)

// HTTPMethods are those that may stand in an attribute; others are [Other].
var HTTPMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace, Other,
}

// HTTPServerDuration is http.server.request.duration of the semantic conventions
// (https://opentelemetry.io/docs/specs/semconv/http/http-metrics/).
var HTTPServerDuration = &Definition{
	Name: "http.server.request.duration", Kind: Histogram, Unit: "s", Buckets: httpBuckets,
	Description: "Time from a request of the APIs or the dashboard until its answer.",
	Attributes: []Attribute{
		{Key: "http.request.method", Values: HTTPMethods},
		{Key: "http.route", Bound: "the paths of the APIs' documents and of the dashboard's pages; missing where there is no such path", Optional: true},
		{Key: "http.response.status_code", Bound: "three digits; missing where the client went away", Optional: true},
		{Key: "url.scheme", Values: []string{"http", "https"}},
		{Key: "error.type", Bound: "a status from 500 on", Optional: true},
	},
}

// Why requests are refused that may come again.
const (
	RefusedAccountRate  = "account_rate"
	RefusedProviderRate = "provider_rate"
	RefusedBacklog      = "backlog"
	RefusedStore        = "store"
	RefusedPlugin       = "plugin"
)

// Refused counts answers 429 and 503.
var Refused = &Definition{
	Name: "switchhook.request.refused", Kind: Counter, Unit: "{request}",
	Description: "Requests that were told to come again: beyond the account's rate of events, beyond the provider's rate of requests, " +
		"the backlog at its bound (429); the store or the plugin cannot be used (503).",
	Attributes: []Attribute{{Key: "reason", Values: []string{
		RefusedAccountRate, RefusedProviderRate, RefusedBacklog, RefusedStore, RefusedPlugin,
	}}},
}

var httpMetrics = []*Definition{HTTPServerDuration, Refused}
