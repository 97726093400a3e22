package pluginhost

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// metrics are what calls of plugins count.
type metrics struct {
	duration, size instrument.Spread
	refused        instrument.Count
}

func (h *Host) instrument(meter metric.Meter) error {
	maker := instrument.For(meter)
	h.metrics = metrics{
		duration: maker.Spread(instrument.RenderDuration), size: maker.Spread(instrument.RenderSize),
		refused: maker.Count(instrument.RenderRefused),
	}
	maker.Observe(h.observe, instrument.PluginRestarts, instrument.PluginState)
	return maker.Err()
}

// observe tells a scrape how the plugins are.
func (h *Host) observe(_ context.Context, o instrument.Observer) {
	for _, s := range h.Status() {
		o.Set(instrument.PluginRestarts, float64(s.Restarts), s.Provider)
		for _, state := range []State{StateStarting, StateUp, StateDown} {
			is := 0.0
			if s.State == state {
				is = 1
			}
			o.Set(instrument.PluginState, is, s.Provider, string(state))
		}
	}
}

// rendered counts one call of a plugin.
func (m *metrics) rendered(provider string, took time.Duration, results []Result, size int, err error) {
	m.size.Record(float64(size), provider)
	m.duration.Took(took, provider, callFailure(err))
	refused := 0
	for i := range results {
		if results[i].Err != nil {
			refused++
		}
	}
	m.refused.Add(int64(refused), provider)
}

// callFailure is why a call failed, in one word; "" if it did not.
func callFailure(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrUnavailable):
		return instrument.CallUnavailable
	case errors.Is(err, ErrBadReply):
		return instrument.CallBadReply
	case errors.Is(err, context.DeadlineExceeded):
		return instrument.CallTimeout
	}
	return instrument.Other
}
