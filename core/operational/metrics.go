package operational

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Why an event is dropped.
const (
	dropRate  = "rate"
	dropQueue = "queue"
	dropError = "error"
)

type metrics struct{ events, dropped metric.Int64Counter }

func (m *metrics) instrument(meter metric.Meter) (err error) {
	m.events, err = meter.Int64Counter("switchhook.operational.events", metric.WithUnit("{event}"),
		metric.WithDescription("Operational events published by this node, by type."))
	if err != nil {
		return err
	}
	m.dropped, err = meter.Int64Counter("switchhook.operational.dropped", metric.WithUnit("{event}"),
		metric.WithDescription("Operational events that were not published: too many of an account and type (rate), in all (queue), or the store failed (error)."))
	return err
}

func (m *metrics) published(eventType string) {
	m.events.Add(context.Background(), 1, metric.WithAttributes(attribute.String("type", eventType)))
}

func (m *metrics) drop(eventType, reason string) {
	m.dropped.Add(context.Background(), 1, metric.WithAttributes(attribute.String("type", eventType), attribute.String("reason", reason)))
}
