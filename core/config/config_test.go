package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "switchhook.yaml")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	config.RegisterFlags(fs)
	fs.Bool("once", false, "a flag of the command itself")
	require.NoError(t, fs.Parse(args))
	return fs
}

func TestLoadWithNothingIsTheDefault(t *testing.T) {
	t.Parallel()
	c, err := config.Load("", flags(t, "--once"), []string{"PATH=/bin", "SWITCHHOOK_LISTEN="})
	require.NoError(t, err)
	require.Equal(t, config.Default().String(), c.String())
	require.Equal(t, "127.0.0.1:8080", c.Listen)
	require.Equal(t, "./data", c.Data)
	require.True(t, c.Plugin("callbell").Enabled)
	require.NotContains(t, c.String(), "# file")
}

func TestLoadEveryKeyOfAFile(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/full.yaml", nil, nil)
	require.NoError(t, err)
	require.Equal(t, "postgres://switchhook:hunter2@db:5432/switchhook?sslmode=require", c.Database.Reveal())
	require.Equal(t, "swh_operator_0123456789", c.AdminKey.Reveal())
	require.Equal(t, config.JWT{
		JWKSURL: "https://id.example.com/keys", Issuer: "https://id.example.com", Audience: []string{"switchhook"},
		AccountClaim: "tenant", ScopeClaim: "permissions", Leeway: 10 * time.Second,
	}, c.Auth.JWT)
	require.Equal(t, config.Egress{
		Allow:   []string{"127.0.0.0/8", "fd00::/8"},
		Resolve: []string{"hooks.example.com:443=127.0.0.1:9443"},
		CA:      "/etc/switchhook/ca.pem",
	}, c.Egress)
	require.Equal(t, config.Log{Format: "json", Level: "debug"}, c.Log)
	require.Equal(t, config.Server{
		MaxBodyBytes: 2 << 20, MaxHeaderBytes: 32 << 10, ReadHeaderTimeout: time.Second,
		ReadTimeout: 10 * time.Second, WriteTimeout: 15 * time.Second,
		IdleTimeout: time.Minute, ShutdownTimeout: 5 * time.Second,
	}, c.Server)
	require.Equal(t, config.Delivery{
		MaxInFlight: 100, MaxInFlightPerSubscription: 10, RenderBatch: 50, MaxPerSecondPerSubscription: 20,
		Queue: 1000, MaxWaiting: 2000, MaxBacklog: 3000, BreakerFailures: 7,
		PollInterval: 250 * time.Millisecond,
	}, c.Delivery)
	require.Equal(t, config.Node{Heartbeat: time.Second, DeadAfter: 5 * time.Second}, c.Node)
	require.Equal(t, config.Retention{Age: 90 * 24 * time.Hour, AuditAge: 180 * 24 * time.Hour, ReplayAge: 60 * 24 * time.Hour, Interval: 5 * time.Minute, Step: 100}, c.Retention)
	require.Equal(t, config.Statistics{Retention: 90 * 24 * time.Hour}, c.Statistics)
	require.Equal(t, config.Traces{SampleRatio: 0.5, Retention: 48 * time.Hour, MaxBytes: 1 << 20, ViewerURL: "https://jaeger.example.com/trace/{trace_id}"}, c.Traces)
	require.False(t, c.Plugin("bird").Enabled)
	require.Equal(t, config.Plugin{
		Enabled: true, Path: "/opt/plugins/acme",
		SHA256:            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		Hosts:             []string{"api.acme.example"},
		RequestsPerSecond: 50,
		Settings:          map[string]sdk.Secret{"api.token": "hunter3"},
	}, c.Plugin("acme"))
	require.NotContains(t, strings.ReplaceAll(c.String(), "plugins:\n", ""), "# default", "the sample misses a key")
}

func TestLoadTakesSourcesInRisingOrder(t *testing.T) {
	t.Parallel()
	path := write(t, "listen: 127.0.0.1:1\ndata: /file\nlog: {level: debug}\negress: {allow: [10.0.0.0/8]}\n")
	c, err := config.Load(path, flags(t, "--listen=127.0.0.1:3"), []string{
		"SWITCHHOOK_LISTEN=127.0.0.1:2",
		"SWITCHHOOK_DATA=/env",
		"SWITCHHOOK_EGRESS_ALLOW=127.0.0.0/8, fd00::/8",
		"SWITCHHOOK_SERVER_MAX_BODY_BYTES=4096",
		"SWITCHHOOK_DELIVERY_POLL_INTERVAL=1s",
	})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:3", c.Listen)
	require.Equal(t, "/env", c.Data)
	require.Equal(t, "debug", c.Log.Level)
	require.Equal(t, []string{"127.0.0.0/8", "fd00::/8"}, c.Egress.Allow)
	require.Equal(t, int64(4096), c.Server.MaxBodyBytes)
	require.Equal(t, time.Second, c.Delivery.PollInterval)

	require.Equal(t, "flag --listen", c.Source("listen"))
	require.Equal(t, "env SWITCHHOOK_DATA", c.Source("data"))
	require.Equal(t, "file", c.Source("log.level"))
	require.Equal(t, "default", c.Source("log.format"))
	out := c.String()
	require.Contains(t, out, "listen: 127.0.0.1:3 # flag --listen\n")
	require.Contains(t, out, "data: /env # env SWITCHHOOK_DATA\n")
	require.Contains(t, out, "allow: [127.0.0.0/8, 'fd00::/8'] # env SWITCHHOOK_EGRESS_ALLOW\n")
	require.Contains(t, out, "level: debug # file\n")
	require.Contains(t, out, "shutdown_timeout: 20s # default\n")
}

func TestEverySettingHasItsOwnVariableAndFlag(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"listen": "127.0.0.1:9", "data": "/x", "database": "postgres://h/db", "admin-key": "0123456789abcdef",
		"secret-key": strings.Repeat("A", 43), "egress-allow": "10.0.0.0/8", "egress-resolve": "a.test:1=b.test:2",
		"egress-ca": "/ca", "log-format": "json", "log-level": "warn", "server-max-body-bytes": "2048",
		"server-max-header-bytes": "8192", "server-read-header-timeout": "6s", "server-read-timeout": "7s",
		"server-write-timeout": "8s", "server-idle-timeout": "9s", "server-shutdown-timeout": "10s",
		"delivery-max-in-flight": "99", "delivery-max-in-flight-per-subscription": "9",
		"delivery-render-batch": "8", "delivery-queue": "7", "delivery-poll-interval": "6s", "delivery-max-waiting": "5",
		"delivery-max-per-second-per-subscription": "4", "delivery-max-backlog": "3", "delivery-breaker-failures": "2",
		"node-heartbeat": "3s", "node-dead-after": "30s",
		"retention-age": "0s", "retention-audit-age": "0s", "retention-replay-age": "1h", "retention-interval": "2m", "retention-step": "50",
		"statistics-retention": "1h", "traces-store": "false", "traces-sample-ratio": "0.25", "traces-retention": "3h", "traces-max-bytes": "2097152",
		"traces-viewer-url": "https://j.test/{trace_id}",
		"auth-jwt-secret":   strings.Repeat("s", 32), "auth-jwt-jwks-url": "https://id.test/jwks", "auth-jwt-jwks-file": "/jwks.json",
		"auth-jwt-issuer": "https://id.test", "auth-jwt-audience": "switchhook", "auth-jwt-account-claim": "tenant",
		"auth-jwt-scope-claim": "permissions", "auth-jwt-leeway": "5s",
		"dashboard-enabled": "false", "dashboard-https": "true",
	}
	// Only one of these can be set.
	keys := []string{"auth-jwt-secret", "auth-jwt-jwks-url", "auth-jwt-jwks-file"}
	var names []string
	flags(t).VisitAll(func(f *pflag.Flag) {
		if f.Name != "once" {
			names = append(names, f.Name)
			require.NotEmpty(t, f.Usage)
		}
	})
	require.Len(t, names, len(values))
	for _, key := range keys {
		var args, environ []string
		for _, name := range names {
			require.Contains(t, values, name)
			if name == key || !slices.Contains(keys, name) {
				args = append(args, "--"+name+"="+values[name])
				environ = append(environ, "SWITCHHOOK_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+values[name])
			}
		}
		byFlag, err := config.Load("", flags(t, args...), nil)
		require.NoError(t, err)
		byEnv, err := config.Load("", nil, environ)
		require.NoError(t, err)
		require.Equal(t, 2, strings.Count(byFlag.String(), "# default"), byFlag)
		require.Equal(t, 2, strings.Count(byEnv.String(), "# default"), byEnv)
		var a, b map[string]any // without comments
		require.NoError(t, yaml.Unmarshal([]byte(byFlag.String()), &a))
		require.NoError(t, yaml.Unmarshal([]byte(byEnv.String()), &b))
		require.Equal(t, a, b)
		require.Equal(t, byFlag.Server, byEnv.Server)
		require.Equal(t, byFlag.Auth, byEnv.Auth)
		require.Equal(t, 99, byEnv.Delivery.MaxInFlight)
		require.Equal(t, "tenant", byEnv.Auth.JWT.AccountClaim)
		require.True(t, byEnv.Auth.JWT.Enabled())
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/full.yaml", nil, nil)
	require.NoError(t, err)
	j, err := json.Marshal(c)
	require.NoError(t, err)
	for _, out := range []string{
		c.String(), fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%q", c), string(j),
	} {
		for _, hidden := range []string{"hunter2", "hunter3", "swh_operator", "AAECAwQF"} {
			require.NotContains(t, out, hidden)
		}
	}
	require.Contains(t, c.String(), "database: '[REDACTED]' # file\n")
	require.Contains(t, c.String(), "api.token: '[REDACTED]'\n")
}

func TestPrintedConfigurationCanBeLoaded(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, config.Default().String()), nil, nil)
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(config.Default().String(), "# default", "# file"), c.String())
}

func TestLoadRefusesBadFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ content, want string }{
		"unknown key":       {"listne: x", "unknown setting listne"},
		"unknown nested":    {"egress: {alow: []}", "unknown setting egress.alow: remove it or correct its name; known here are allow, ca, resolve"},
		"unknown in plugin": {"plugins: {acme: {pth: /x}}", "unknown setting plugins.acme.pth"},
		"dotted key":        {"log.level: debug", "unknown setting log.level"},
		"section as value":  {"egress: 127.0.0.0/8", "egress must be a section"},
		"plugin as value":   {"plugins: {acme: true}", "plugins.acme must be a section"},
		"secret as number":  {"admin_key: 12345678901234567", "admin_key must be text"},
		"secret as list":    {"database: [hunter2]", "database must be text"},
		"setting as number": {"plugins: {acme: {settings: {a: 1}}}", "plugins.acme.settings.a must be text"},
		"bare duration":     {"server: {read_timeout: 10}", "10 is not a duration"},
		"bad duration":      {"server: {read_timeout: soon}", `"soon" is not a duration`},
		"bad number":        {"delivery: {queue: many}", "delivery.queue"},
		"bad bool":          {"plugins: {acme: {enabled: perhaps}}", "enabled"},
		"a list":            {"- listen", "is not a YAML mapping"},
		"not YAML":          {"listen: [", "is not a YAML mapping"},
		"twice":             {"listen: a\nlisten: b", "already defined"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, tt.content)
			_, err := config.Load(path, nil, nil)
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, path)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nil, nil)
	require.ErrorContains(t, err, "none.yaml")
	_, err = config.Load(t.TempDir(), nil, nil)
	require.ErrorContains(t, err, "is not a file")
	_, err = config.Load(write(t, strings.Repeat("# comment\n", 200_000)), nil, nil)
	require.ErrorContains(t, err, "is not a file of at most")
}

func TestEmptySectionsKeepTheDefaults(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, "listen:\negress:\n  # allow: []\nserver:\n  read_timeout:\nplugins:\n"), nil, nil)
	require.NoError(t, err)
	require.Equal(t, config.Default().String(), c.String())
	c, err = config.Load(write(t, ""), nil, nil)
	require.NoError(t, err)
	require.Equal(t, config.Default().String(), c.String())
}

func TestVariables(t *testing.T) {
	t.Parallel()
	_, err := config.Load("", nil, []string{
		"SWITCHHOOK_URL=http://x", "SWITCHHOOK_KEY=k", "SWITCHHOOK_ACCOUNT=a", "SWITCHHOOK_TEST_POSTGRES=p",
		"SWITCHHOOK_PLUGIN=cookie", "SWITCHHOOK_PLUGIN_ACME_X=1", "SWITCHHOOK_CONFIG=/x.yaml", "OTHER=1",
	})
	require.NoError(t, err)
	for _, name := range []string{"SWITCHHOOK_LISTN", "SWITCHHOOK_EGRESS", "SWITCHHOOK_EGRESS.ALLOW", "SWITCHHOOK_TESTS", "SWITCHHOOK_"} {
		_, err := config.Load("", nil, []string{name + "=hunter2"})
		require.ErrorContains(t, err, "variable "+name+" is not a setting", name)
		require.NotContains(t, err.Error(), "hunter2")
	}
	_, err = config.Load("", nil, []string{"SWITCHHOOK_DELIVERY_QUEUE=many"})
	require.ErrorContains(t, err, "environment")
	require.ErrorContains(t, err, "delivery.queue")
	_, err = config.Load("", flags(t, "--server-read-timeout=5"), nil)
	require.ErrorContains(t, err, "flags")
	require.ErrorContains(t, err, "server.read_timeout")
}

func TestValidateNamesAllThatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*config.Config)
		want   string
	}{
		"listen":          {func(c *config.Config) { c.Listen = "8080" }, `listen "8080" is not valid`},
		"listen port":     {func(c *config.Config) { c.Listen = ":99999" }, `listen ":99999" is not valid`},
		"data":            {func(c *config.Config) { c.Data = "" }, "data is empty"},
		"database":        {func(c *config.Config) { c.Database = "mysql://u:hunter2@h/db" }, "database is not a PostgreSQL URL"},
		"database URL":    {func(c *config.Config) { c.Database = "postgres://u:hunter2%@h" }, "database is not a PostgreSQL URL"},
		"admin key":       {func(c *config.Config) { c.AdminKey = "hunter2" }, "admin_key is not valid: use at least 16"},
		"admin key space": {func(c *config.Config) { c.AdminKey = "hunter2 hunter2 hunter2" }, "admin_key is not valid"},
		"secret key":      {func(c *config.Config) { c.SecretKey = "hunter2" }, "secret_key has 5 bytes"},
		"JWT secret":      {func(c *config.Config) { c.Auth.JWT.Secret = "hunter2" }, "auth.jwt.secret is too short: use at least 32 bytes"},
		"JWT keys": {func(c *config.Config) {
			c.Auth.JWT.Secret, c.Auth.JWT.JWKSFile = sdk.Secret(strings.Repeat("hunter2", 5)), "/jwks.json"
		}, "auth.jwt has more than one of secret, jwks_url and jwks_file: keep one"},
		"JWT issuer":  {func(c *config.Config) { c.Auth.JWT.Issuer = "https://id.test" }, "say nothing without keys"},
		"JWT URL":     {func(c *config.Config) { c.Auth.JWT.JWKSURL = "https://u:hunter2@id.test/" }, "auth.jwt.jwks_url is not valid"},
		"JWT http":    {func(c *config.Config) { c.Auth.JWT.JWKSURL = "http://id.test/" }, "http is for this machine alone"},
		"JWT no URL":  {func(c *config.Config) { c.Auth.JWT.JWKSURL = "id.test" }, "auth.jwt.jwks_url is not valid"},
		"JWT claims":  {func(c *config.Config) { c.Auth.JWT.AccountClaim = "scope" }, "must be two claims' names"},
		"JWT leeway":  {func(c *config.Config) { c.Auth.JWT.Leeway = -1 }, "auth.jwt.leeway -1ns is out of range"},
		"allow":       {func(c *config.Config) { c.Egress.Allow = []string{"localhost"} }, `egress.allow: "localhost"`},
		"resolve":     {func(c *config.Config) { c.Egress.Resolve = []string{"a"} }, `egress.resolve: "a"`},
		"sampling":    {func(c *config.Config) { c.Traces.SampleRatio = 1.5 }, "traces.sample_ratio 1.5 is out of range"},
		"viewer":      {func(c *config.Config) { c.Traces.ViewerURL = "jaeger/{trace_id}" }, "traces.viewer_url is not an http"},
		"viewer user": {func(c *config.Config) { c.Traces.ViewerURL = "https://u:hunter2@jaeger.test/{trace_id}" }, "traces.viewer_url has a user name"},
		"viewer id":   {func(c *config.Config) { c.Traces.ViewerURL = "https://jaeger.test/trace" }, "put {trace_id} there"},
		"span bytes":  {func(c *config.Config) { c.Traces.MaxBytes = 1 }, "traces.max_bytes 1 is out of range"},
		"log format":  {func(c *config.Config) { c.Log.Format = "xml" }, `log.format "xml" is not valid: use text or json`},
		"log level":   {func(c *config.Config) { c.Log.Level = "loud" }, `log.level "loud" is not valid`},
		"body":        {func(c *config.Config) { c.Server.MaxBodyBytes = 0 }, "server.max_body_bytes 0 is out of range"},
		"negative":    {func(c *config.Config) { c.Server.ReadTimeout = -1 }, "server.read_timeout -1ns is out of range"},
		"queue":       {func(c *config.Config) { c.Delivery.Queue = 0 }, "delivery.queue 0 is out of range"},
		"per subscription": {
			func(c *config.Config) { c.Delivery.MaxInFlightPerSubscription = 513 },
			"delivery.max_in_flight_per_subscription 513 is out of range: use 1 to 512",
		},
		"dead too soon": {func(c *config.Config) { c.Node.DeadAfter = 3 * time.Second }, "node.dead_after 3s is out of range: use 6s"},
		"age":           {func(c *config.Config) { c.Retention.Age = -time.Hour }, "retention.age -1h0m0s is out of range: use 0s to"},
		"interval":      {func(c *config.Config) { c.Retention.Interval = 0 }, "retention.interval 0s is out of range: use 10ms to 24h"},
		"step":          {func(c *config.Config) { c.Retention.Step = 0 }, "retention.step 0 is out of range: use 1 to 10000"},
		"provider":      {func(c *config.Config) { c.Plugins["Bird"] = config.Plugin{} }, `"Bird" is not a provider's name`},
		"path":          {func(c *config.Config) { c.Plugins["acme"] = config.Plugin{Path: "acme"} }, "plugins.acme.path"},
		"rate":          {func(c *config.Config) { c.Plugins["acme"] = config.Plugin{RequestsPerSecond: -1} }, "plugins.acme.requests_per_second"},
		"checksum":      {func(c *config.Config) { c.Plugins["acme"] = config.Plugin{Path: "/acme"} }, "plugins.acme.sha256"},
		"lone checksum": {func(c *config.Config) { c.Plugins["acme"] = config.Plugin{SHA256: "00"} }, "has no path beside it"},
		"host":          {func(c *config.Config) { c.Plugins["acme"] = config.Plugin{Hosts: []string{"https://a"}} }, "is not a host name"},
		"host twice": {func(c *config.Config) {
			c.Plugins["a"] = config.Plugin{Hosts: []string{"api.example"}}
			c.Plugins["b"] = config.Plugin{Hosts: []string{"api.example"}}
		}, "also a host of plugins.a"},
	}
	all := config.Default()
	for name, tt := range tests {
		if name != "listen port" && name != "database URL" && name != "admin key space" &&
			name != "checksum" && name != "lone checksum" && name != "host" && name != "path" {
			tt.change(&all)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config.Default()
			tt.change(&c)
			err := c.Validate()
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	require.NoError(t, config.Default().Validate())
	for _, url := range []string{"https://id.test:8443/keys?a=b", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost/keys"} {
		c := config.Default()
		c.Auth.JWT.JWKSURL = url
		require.NoError(t, c.Validate(), url)
	}
	for _, key := range []string{"listen", "data", "database", "admin_key", "egress.allow", "log.level", "delivery.queue", "plugins.b"} {
		require.ErrorContains(t, all.Validate(), key)
	}
}
