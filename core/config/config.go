// Package config reads what the operator sets: one YAML file, SWITCHHOOK_*
// variables and flags, in rising order, over the defaults.
package config

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Config is the whole configuration. The names in YAML are the koanf tags; the
// variable of server.max_body_bytes is SWITCHHOOK_SERVER_MAX_BODY_BYTES and its
// flag --server-max-body-bytes.
type Config struct {
	// Listen is host:port of the HTTP server; port 0 takes a free one. Defaults to
	// 127.0.0.1:8080.
	Listen string `koanf:"listen" usage:"host:port to listen on"`
	// Data is the directory of the embedded database and the key file. It is made
	// when missing. Defaults to ./data.
	Data string `koanf:"data" usage:"directory of the embedded database and the key file"`
	// Database is a postgres:// URL; empty means SQLite in Data. Defaults to empty.
	Database sdk.Secret `koanf:"database" usage:"postgres:// URL; empty: SQLite in the data directory"`
	// AdminKey is the operator key, at least 16 characters; empty means that one is
	// made at the first start and printed once. Defaults to empty.
	AdminKey sdk.Secret `koanf:"admin_key" usage:"operator key; empty: made at the first start"`
	// SecretKey is base64 of the 32 bytes that encrypt secrets at rest; empty means
	// a key file in Data. Defaults to empty.
	SecretKey sdk.Secret `koanf:"secret_key" usage:"base64 of the 32-byte encryption key; empty: a key file in the data directory"`

	Auth       Auth       `koanf:"auth"`
	Egress     Egress     `koanf:"egress"`
	Log        Log        `koanf:"log"`
	Server     Server     `koanf:"server"`
	Dashboard  Dashboard  `koanf:"dashboard"`
	Delivery   Delivery   `koanf:"delivery"`
	Node       Node       `koanf:"node"`
	Retention  Retention  `koanf:"retention"`
	Statistics Statistics `koanf:"statistics"`
	Traces     Traces     `koanf:"traces"`
	// Plugins are settings by provider. A bundled provider that is not named here
	// is enabled; see [Config.Plugin].
	Plugins map[string]Plugin `koanf:"plugins"`

	// sources are where values came from, by key; absent means the default.
	sources map[string]string
}

// Egress is what deliveries may reach.
type Egress struct {
	// Allow are networks beyond the public ones, as CIDRs. Defaults to none.
	Allow []string `koanf:"allow" usage:"CIDRs beyond the public ones that may be dialed, separated by commas"`
	// Resolve are host:port=host:port mappings, dialed in place of what DNS says and
	// without the address guard. Defaults to none.
	Resolve []string `koanf:"resolve" usage:"host:port=host:port mappings dialed in place of DNS, separated by commas"`
	// CA is a PEM file of authorities trusted beside the system's. Defaults to none.
	CA string `koanf:"ca" usage:"PEM file of authorities trusted beside the system's"`
}

// Log is the log on standard error.
type Log struct {
	// Format is text or json. Defaults to text.
	Format string `koanf:"format" usage:"text or json"`
	// Level is debug, info, warn or error. Defaults to info.
	Level string `koanf:"level" usage:"debug, info, warn or error"`
}

// Server bounds what clients may send and how long they may take.
type Server struct {
	// MaxBodyBytes bounds a request's body. Defaults to 1 MiB.
	MaxBodyBytes int64 `koanf:"max_body_bytes" usage:"most bytes of a request's body"`
	// MaxHeaderBytes bounds a request's header. Defaults to 64 KiB.
	MaxHeaderBytes int `koanf:"max_header_bytes" usage:"most bytes of a request's header"`
	// ReadHeaderTimeout is the time to read a header. Defaults to 5s.
	ReadHeaderTimeout time.Duration `koanf:"read_header_timeout" usage:"time to read a request's header"`
	// ReadTimeout is the time to read a whole request. Defaults to 30s.
	ReadTimeout time.Duration `koanf:"read_timeout" usage:"time to read a whole request"`
	// WriteTimeout is the time from the header to the last byte of the answer.
	// Defaults to 60s.
	WriteTimeout time.Duration `koanf:"write_timeout" usage:"time to answer a request"`
	// IdleTimeout is how long an unused connection is kept. Defaults to 2m.
	IdleTimeout time.Duration `koanf:"idle_timeout" usage:"how long an unused connection is kept"`
	// ShutdownTimeout is how long a stop waits for requests and deliveries under
	// way. Defaults to 20s.
	ShutdownTimeout time.Duration `koanf:"shutdown_timeout" usage:"how long a stop waits for work under way"`
}

// Dashboard is the gateway's pages for people.
type Dashboard struct {
	// Enabled serves the dashboard at / and /ui. Defaults to true.
	Enabled bool `koanf:"enabled" usage:"whether the dashboard is served, at / and /ui"`
	// HTTPS says that people reach the gateway by https alone, as behind a proxy that
	// ends TLS: the session's cookie is then never sent without it. Defaults to false.
	HTTPS bool `koanf:"https" usage:"whether browsers reach the dashboard by https alone, as behind a proxy"`
}

// Delivery bounds the work on deliveries.
type Delivery struct {
	// MaxInFlight bounds requests to subscribers at a time. Defaults to 512.
	MaxInFlight int `koanf:"max_in_flight" usage:"most requests to subscribers at a time"`
	// MaxInFlightPerSubscription bounds those to one subscription. Defaults to 64.
	MaxInFlightPerSubscription int `koanf:"max_in_flight_per_subscription" usage:"most requests to one subscription at a time"`
	// RenderBatch is the most deliveries in one call of a plugin. Defaults to 100.
	RenderBatch int `koanf:"render_batch" usage:"most deliveries in one call of a plugin"`
	// MaxPerSecondPerSubscription bounds the attempts to one subscription in a
	// second; 0 means no bound. Defaults to 0.
	MaxPerSecondPerSubscription int `koanf:"max_per_second_per_subscription" usage:"most requests to one subscription in a second; 0: no bound"`
	// Queue is how many events wait in memory; more wait in the store. Defaults to
	// 8192.
	Queue int `koanf:"queue" usage:"events that wait in memory; more wait in the store"`
	// MaxWaiting is how many deliveries wait in memory for their turn; more wait in
	// the store. Defaults to 8192.
	MaxWaiting int `koanf:"max_waiting" usage:"deliveries that wait in memory for their turn; more wait in the store"`
	// MaxBacklog is how many events and deliveries may wait in the store before
	// publishers are told to come back later; 0 means no bound. Defaults to 5000000.
	MaxBacklog int `koanf:"max_backlog" usage:"events and deliveries that may wait in the store before publishing is refused; 0: no bound"`
	// BreakerFailures is how many attempts in a row must fail before a subscription
	// is left alone for a while; 0 means never. Defaults to 5.
	BreakerFailures int `koanf:"breaker_failures" usage:"failures in a row before a subscription is left alone for a while; 0: never"`
	// PollInterval is how often the store is asked for work that is due. Defaults to
	// 500ms.
	PollInterval time.Duration `koanf:"poll_interval" usage:"how often the store is asked for due work"`
}

// Node is how gateways on one database know of each other.
type Node struct {
	// Heartbeat is how often a node says that it lives. Defaults to 2s.
	Heartbeat time.Duration `koanf:"heartbeat" usage:"how often a node says that it lives"`
	// DeadAfter is the silence after which others take over a node's work; at least
	// three heartbeats. Defaults to 10s.
	DeadAfter time.Duration `koanf:"dead_after" usage:"silence after which a node's work is taken over"`
}

// Retention is how long events are kept, and how old ones are removed.
type Retention struct {
	// Age of an event, from its acceptance, beyond which it goes with its deliveries
	// and attempts; 0 keeps all. Defaults to 720h, which are 30 days.
	Age time.Duration `koanf:"age" usage:"age beyond which events, deliveries and attempts are removed; 0: never"`
	// AuditAge of an entry of the audit log beyond which it goes; 0 keeps all.
	// Defaults to 9600h, which are 400 days.
	AuditAge time.Duration `koanf:"audit_age" usage:"age beyond which entries of the audit log are removed; 0: never"`
	// ReplayAge of a replay, from its end, beyond which it goes; 0 keeps all. Defaults
	// to 720h, which are 30 days.
	ReplayAge time.Duration `koanf:"replay_age" usage:"age beyond which replays that have ended are removed; 0: never"`
	// Interval is how often old ones are looked for. Defaults to 1m.
	Interval time.Duration `koanf:"interval" usage:"how often old events are looked for"`
	// Step is the most rows that one transaction removes. Defaults to 500.
	Step int `koanf:"step" usage:"most rows removed in one transaction"`
}

// Statistics are what was published and delivered, by account and minute.
type Statistics struct {
	// Retention is how long they are kept; 0 keeps all. Defaults to 720h, which are
	// 30 days.
	Retention time.Duration `koanf:"retention" usage:"age beyond which statistics are removed; 0: never"`
}

// Traces are the gateway's own trace view.
type Traces struct {
	// Store keeps sampled spans in the store. Defaults to true.
	Store bool `koanf:"store" usage:"keep spans of sampled traces in the store"`
	// SampleRatio is the share of traces that are sampled where Store is set and no
	// OTEL_TRACES_SAMPLER is. Defaults to 0.01.
	SampleRatio float64 `koanf:"sample_ratio" usage:"share of traces that are sampled, 0 to 1, unless OTEL_TRACES_SAMPLER says otherwise"`
	// Retention is how long spans are kept; 0 keeps all that MaxBytes has room for.
	// Defaults to 24h.
	Retention time.Duration `koanf:"retention" usage:"age beyond which spans are removed; 0: never"`
	// MaxBytes bounds the spans in the store; the oldest go first. Defaults to 256 MiB.
	MaxBytes int64 `koanf:"max_bytes" usage:"most bytes of spans in the store; the oldest go first"`
	// ViewerURL is where another viewer shows a trace; {trace_id} stands for its id.
	// Defaults to none.
	ViewerURL string `koanf:"viewer_url" usage:"URL of a trace in another viewer, with {trace_id} in it"`
}

// Plugin is one provider's settings. They stand in the file only.
type Plugin struct {
	// Enabled providers are served. Defaults to true.
	Enabled bool `koanf:"enabled"`
	// Path is the absolute path of an external binary; empty means the bundled
	// adapter. Defaults to empty.
	Path string `koanf:"path"`
	// SHA256 is the binary's checksum in 64 hexadecimal digits; required with Path.
	SHA256 string `koanf:"sha256"`
	// Hosts are host names whose requests go to this provider. Defaults to none.
	Hosts []string `koanf:"hosts"`
	// RequestsPerSecond that one account may make to the provider's API; 0 means
	// what its vendor documents, if anything. Defaults to 0.
	RequestsPerSecond int `koanf:"requests_per_second"`
	// Settings are the adapter's own. They may hold credentials, so none is shown.
	Settings map[string]sdk.Secret `koanf:"settings"`
}

// Default is the configuration without file, variables and flags.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080",
		Data:   "./data",
		Auth: Auth{JWT: JWT{
			Audience: []string{}, AccountClaim: "account", ScopeClaim: "scope", Leeway: 30 * time.Second,
		}},
		Egress: Egress{Allow: []string{}, Resolve: []string{}},
		Log:    Log{Format: "text", Level: "info"},
		Server: Server{
			MaxBodyBytes:      1 << 20,
			MaxHeaderBytes:    64 << 10,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       30 * time.Second,
			WriteTimeout:      60 * time.Second,
			IdleTimeout:       2 * time.Minute,
			ShutdownTimeout:   20 * time.Second,
		},
		Dashboard: Dashboard{Enabled: true},
		Delivery: Delivery{
			MaxInFlight:                512,
			MaxInFlightPerSubscription: 64,
			RenderBatch:                100,
			Queue:                      8192,
			MaxWaiting:                 8192,
			MaxBacklog:                 5_000_000,
			BreakerFailures:            5,
			PollInterval:               500 * time.Millisecond,
		},
		Node: Node{Heartbeat: 2 * time.Second, DeadAfter: 10 * time.Second},
		Retention: Retention{
			Age: 30 * 24 * time.Hour, AuditAge: 400 * 24 * time.Hour, ReplayAge: 30 * 24 * time.Hour, Interval: time.Minute, Step: 500,
		},
		Statistics: Statistics{Retention: 30 * 24 * time.Hour},
		Traces:     Traces{Store: true, SampleRatio: 0.01, Retention: 24 * time.Hour, MaxBytes: 256 << 20},
		Plugins:    map[string]Plugin{},
	}
}

// Plugin returns the settings of a provider; one that is not configured is
// enabled and bundled.
func (c Config) Plugin(provider string) Plugin {
	if p, ok := c.Plugins[provider]; ok {
		return p
	}
	return Plugin{Enabled: true}
}
