package operational

import (
	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// Why an event is dropped.
const (
	dropRate  = "rate"
	dropQueue = "queue"
	dropError = "error"
)

type metrics struct{ events, dropped instrument.Count }

func (m *metrics) instrument(meter metric.Meter) error {
	maker := instrument.For(meter)
	m.events, m.dropped = maker.Count(instrument.OperationalEvents), maker.Count(instrument.OperationalDropped)
	return maker.Err()
}

func (m *metrics) published(eventType string) { m.events.Add(1, eventType) }

func (m *metrics) drop(eventType, reason string) { m.dropped.Add(1, eventType, reason) }
