package gateway

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// metrics are what the edge counts.
type metrics struct {
	duration instrument.Spread
	refused  instrument.Count
}

func (g *Gateway) instrument(meter metric.Meter) error {
	maker := instrument.For(meter)
	g.metrics = metrics{duration: maker.Spread(instrument.HTTPServerDuration), refused: maker.Count(instrument.Refused)}
	maker.Observe(g.ready.observe, instrument.Ready)
	return maker.Err()
}

// observe runs the checks for a scrape, as /readyz does.
func (r *readiness) observe(ctx context.Context, o instrument.Observer) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	for _, c := range r.checks {
		well := 1.0
		if run(ctx, c) != nil {
			well = 0
		}
		o.Set(instrument.Ready, well, c.Name)
	}
}

// statuses are numbers as text, made once.
var statuses = func() (out [1000]string) {
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}()

func (m *metrics) served(r *http.Request, rec *recorder, took time.Duration) {
	method, scheme := r.Method, "http"
	if !slices.Contains(knownMethods, method) {
		method = instrument.Other
	}
	if r.TLS != nil {
		scheme = "https"
	}
	status, failure := "", ""
	if rec.status > 0 && rec.status < len(statuses) {
		status = statuses[rec.status]
	}
	if rec.status >= http.StatusInternalServerError {
		failure = status
	}
	m.duration.Took(took, method, rec.route, status, scheme, failure)
}
