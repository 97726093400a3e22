package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/secret"
)

const (
	minAdminKey          = 16
	maxRequestsPerSecond = 1_000_000
	maxAge               = 100 * 365 * 24 * time.Hour
)

var (
	providerName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	hostName     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)
)

// problems collects what is wrong. Secrets are never among the arguments.
type problems []error

func (p *problems) add(format string, args ...any) {
	*p = append(*p, fmt.Errorf(format, args...))
}

// Validate reports all that is wrong at once: each line names the setting, the
// value (unless secret) and the remedy.
func (c Config) Validate() error {
	var p problems
	c.checkPlaces(&p)
	c.checkSecrets(&p)
	c.Auth.JWT.check(&p)
	c.checkEgress(&p)
	c.checkLimits(&p)
	c.Traces.check(&p)
	c.checkPlugins(&p)
	return errors.Join(p...)
}

func (c Config) checkPlaces(p *problems) {
	_, port, err := net.SplitHostPort(c.Listen)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || strconv.FormatUint(n, 10) != port {
		p.add("listen %q is not valid: write host:port, such as 127.0.0.1:8080 or :8080", c.Listen)
	}
	if c.Data == "" {
		p.add("data is empty: name a directory, such as ./data")
	}
	if !slices.Contains([]string{"text", "json"}, c.Log.Format) {
		p.add("log.format %q is not valid: use text or json", c.Log.Format)
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		p.add("log.level %q is not valid: use debug, info, warn or error", c.Log.Level)
	}
}

func (c Config) checkSecrets(p *problems) {
	if c.Database != "" {
		u, err := url.Parse(c.Database.Reveal()) // the error would show the password
		if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			p.add("database is not a PostgreSQL URL: write postgres://user:password@host:5432/name, " +
				"or leave it out for SQLite")
		}
	}
	if k := c.AdminKey.Reveal(); k != "" && (len(k) < minAdminKey || strings.ContainsFunc(k, notToken)) {
		p.add("admin_key is not valid: use at least %d printable ASCII characters without spaces", minAdminKey)
	}
	if c.SecretKey != "" {
		if _, err := secret.ParseKey(c.SecretKey.Reveal()); err != nil {
			p.add("secret_key %w", err)
		}
	}
}

// notToken tells characters that a header could not carry as one word.
func notToken(r rune) bool { return r <= ' ' || r >= 0x7f }

func (c Config) checkEgress(p *problems) {
	if _, err := egress.ParseAllow(strings.Join(c.Egress.Allow, ",")); err != nil {
		p.add("egress.allow: %w", err)
	}
	if _, err := egress.ParseResolve(strings.Join(c.Egress.Resolve, ",")); err != nil {
		p.add("egress.resolve: %w", err)
	}
}

func (c Config) checkLimits(p *problems) {
	for _, n := range []struct {
		key       string
		value     int64
		low, high int64
	}{
		{"server.max_body_bytes", c.Server.MaxBodyBytes, 1 << 10, 64 << 20},
		{"server.max_header_bytes", int64(c.Server.MaxHeaderBytes), 4 << 10, 1 << 20},
		{"delivery.max_in_flight", int64(c.Delivery.MaxInFlight), 1, 100_000},
		{"delivery.max_in_flight_per_subscription", int64(c.Delivery.MaxInFlightPerSubscription), 1, int64(c.Delivery.MaxInFlight)},
		{"delivery.render_batch", int64(c.Delivery.RenderBatch), 1, 1000},
		{"delivery.max_per_second_per_subscription", int64(c.Delivery.MaxPerSecondPerSubscription), 0, 1_000_000},
		{"delivery.queue", int64(c.Delivery.Queue), 1, 1_000_000},
		{"delivery.max_waiting", int64(c.Delivery.MaxWaiting), 1, 1_000_000},
		{"delivery.max_backlog", int64(c.Delivery.MaxBacklog), 0, 1_000_000_000},
		{"delivery.breaker_failures", int64(c.Delivery.BreakerFailures), 0, 1000},
		{"traces.max_bytes", c.Traces.MaxBytes, 1 << 20, 1 << 40},
		{"retention.step", int64(c.Retention.Step), 1, 10_000},
	} {
		if n.value < n.low || n.value > n.high {
			p.add("%s %d is out of range: use %d to %d", n.key, n.value, n.low, n.high)
		}
	}
	for _, d := range []struct {
		key       string
		value     time.Duration
		low, high time.Duration
	}{
		{"server.read_header_timeout", c.Server.ReadHeaderTimeout, 10 * time.Millisecond, time.Hour},
		{"server.read_timeout", c.Server.ReadTimeout, 10 * time.Millisecond, time.Hour},
		{"server.write_timeout", c.Server.WriteTimeout, 10 * time.Millisecond, time.Hour},
		{"server.idle_timeout", c.Server.IdleTimeout, 10 * time.Millisecond, 24 * time.Hour},
		{"server.shutdown_timeout", c.Server.ShutdownTimeout, 10 * time.Millisecond, time.Hour},
		{"delivery.poll_interval", c.Delivery.PollInterval, 10 * time.Millisecond, time.Minute},
		{"auth.jwt.leeway", c.Auth.JWT.Leeway, 0, 10 * time.Minute},
		{"node.heartbeat", c.Node.Heartbeat, 10 * time.Millisecond, time.Minute},
		{"node.dead_after", c.Node.DeadAfter, 3 * c.Node.Heartbeat, time.Hour},
		{"retention.age", c.Retention.Age, 0, maxAge},
		{"retention.audit_age", c.Retention.AuditAge, 0, maxAge},
		{"retention.replay_age", c.Retention.ReplayAge, 0, maxAge},
		{"statistics.retention", c.Statistics.Retention, 0, maxAge},
		{"traces.retention", c.Traces.Retention, 0, maxAge},
		{"retention.interval", c.Retention.Interval, 10 * time.Millisecond, 24 * time.Hour},
	} {
		if d.value < d.low || d.value > d.high {
			p.add("%s %s is out of range: use %s to %s", d.key, d.value, d.low, d.high)
		}
	}
}

func (c Config) checkPlugins(p *problems) {
	owner := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(c.Plugins)) {
		key, plugin := "plugins."+name, c.Plugins[name]
		if !providerName.MatchString(name) {
			p.add("%s: %q is not a provider's name: use lower-case letters, digits and hyphens", key, name)
		}
		checkBinary(p, key, plugin)
		if n := plugin.RequestsPerSecond; n < 0 || n > maxRequestsPerSecond {
			p.add("%s.requests_per_second %d is out of range: use 0 to %d", key, n, maxRequestsPerSecond)
		}
		for _, host := range plugin.Hosts {
			if len(host) > 253 || !hostName.MatchString(host) {
				p.add("%s.hosts: %q is not a host name: write it in lower case, without scheme and port", key, host)
			}
			if other, taken := owner[host]; taken {
				p.add("%s.hosts: %q is also a host of plugins.%s: keep one", key, host, other)
			}
			owner[host] = name
		}
	}
}

func checkBinary(p *problems, key string, plugin Plugin) {
	if plugin.Path == "" {
		if plugin.SHA256 != "" {
			p.add("%s.sha256 has no path beside it: give %s.path, or remove it", key, key)
		}
		return
	}
	if !filepath.IsAbs(plugin.Path) {
		p.add("%s.path %q is not absolute: write it from the root", key, plugin.Path)
	}
	if sum, err := hex.DecodeString(plugin.SHA256); err != nil || len(sum) != 32 {
		p.add("%s.sha256 %q is not valid: give the 64 hexadecimal digits that `sha256sum %s` prints",
			key, plugin.SHA256, plugin.Path)
	}
}
