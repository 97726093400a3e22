package egress

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// connections counts those to subscribers.
type connections struct {
	dials instrument.Count
	// open are all, used those with an exchange under way.
	open, used atomic.Int64
}

// Instrument has a meter take what connections there are, before the first request.
func (c *Client) Instrument(meter metric.Meter) error {
	maker := instrument.For(meter)
	c.connections.dials = maker.Count(instrument.EgressDials)
	maker.Observe(func(_ context.Context, o instrument.Observer) {
		used := c.connections.used.Load()
		o.Set(instrument.EgressConnections, float64(used), instrument.ConnectionUsed)
		o.Set(instrument.EgressConnections, float64(max(c.connections.open.Load()-used, 0)), instrument.ConnectionIdle)
	}, instrument.EgressConnections)
	return maker.Err()
}

// dialed counts a dial.
func (c *connections) dialed(err error) {
	if err != nil {
		c.dials.Add(1, instrument.ResultFailure)
		return
	}
	c.open.Add(1)
	c.dials.Add(1, instrument.ResultSuccess)
}
