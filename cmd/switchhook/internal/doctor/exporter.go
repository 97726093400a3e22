package doctor

import (
	"context"
	"net"
	"net/url"
	"strings"
)

// exporter looks whether traces can go out. The variables are those of
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/.
func (m Machine) exporter(ctx context.Context, r *Report) {
	const name = "exporter"
	endpoint := m.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if endpoint == "" {
		endpoint = m.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	}
	switch {
	case strings.EqualFold(m.Getenv("OTEL_SDK_DISABLED"), "true") || m.Getenv("OTEL_TRACES_EXPORTER") == "none":
		r.ok(name, "traces are not exported: the environment says so")
		return
	case endpoint == "":
		r.ok(name, "traces are not exported: OTEL_EXPORTER_OTLP_ENDPOINT names no collector")
		return
	}
	const remedy = "start the collector, or correct OTEL_EXPORTER_OTLP_ENDPOINT; deliveries go on without it"
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		r.fail(name, "OTEL_EXPORTER_OTLP_ENDPOINT is not a URL", "write it as http://collector:4318")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address(u))
	if err != nil {
		r.warn(name, "the collector cannot be reached: "+err.Error(), remedy)
		return
	}
	_ = conn.Close()
	r.ok(name, "a collector listens at %s", address(u))
}

func address(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Host
	case u.Scheme == "https":
		return net.JoinHostPort(u.Hostname(), "443")
	default:
		return net.JoinHostPort(u.Hostname(), "80")
	}
}
