package retention

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics count what passes did.
type metrics struct {
	removed, expired metric.Int64Counter
}

// The tables of removed rows.
var (
	events     = metric.WithAttributeSet(attribute.NewSet(attribute.String("table", "events")))
	deliveries = metric.WithAttributeSet(attribute.NewSet(attribute.String("table", "deliveries")))
	attempts   = metric.WithAttributeSet(attribute.NewSet(attribute.String("table", "attempts")))
	answers    = metric.WithAttributeSet(attribute.NewSet(attribute.String("table", "idempotency_keys")))
	auditLog   = metric.WithAttributeSet(attribute.NewSet(attribute.String("table", "audit_log")))
	replays    = metric.WithAttributeSet(attribute.NewSet(attribute.String("table", "replays")))
)

func (m metrics) count(ctx context.Context, s Step) {
	m.removed.Add(ctx, int64(s.Events), events)
	m.removed.Add(ctx, int64(s.Deliveries), deliveries)
	m.removed.Add(ctx, int64(s.Attempts), attempts)
	m.expired.Add(ctx, int64(s.Expired))
}

// instrument makes the instruments. Gauges show what was last measured, so that
// scrapes cost the store nothing.
func (c *Cleaner) instrument() (err error) {
	c.metrics.removed, err = c.Meter.Int64Counter("switchhook.retention.removed", metric.WithUnit("{row}"),
		metric.WithDescription("Rows removed because they were older than they are kept."))
	if err != nil {
		return err
	}
	c.metrics.expired, err = c.Meter.Int64Counter("switchhook.retention.expired", metric.WithUnit("{delivery}"),
		metric.WithDescription("Deliveries that were not final at retention.age and became dead."))
	if err != nil {
		return err
	}
	size, err := c.Meter.Int64ObservableGauge("switchhook.store.size", metric.WithUnit("By"),
		metric.WithDescription("Bytes that the store takes on disk, by file or table."))
	if err != nil {
		return err
	}
	free, err := c.Meter.Int64ObservableGauge("switchhook.store.free", metric.WithUnit("By"),
		metric.WithDescription("Bytes in the database's file that are empty and will be used again (SQLite)."))
	if err != nil {
		return err
	}
	oldest, err := c.Meter.Float64ObservableGauge("switchhook.store.oldest_event.age", metric.WithUnit("s"),
		metric.WithDescription("Time since the oldest event in the store was accepted."))
	if err != nil {
		return err
	}
	backlog, err := c.Meter.Int64ObservableGauge("switchhook.store.backlog", metric.WithUnit("{item}"),
		metric.WithDescription("Events and deliveries in the store that are not done."))
	if err != nil {
		return err
	}
	_, err = c.Meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := c.last.Load()
		if s == nil {
			return nil
		}
		for part, bytes := range s.Parts {
			o.ObserveInt64(size, bytes, metric.WithAttributes(attribute.String("part", part)))
		}
		o.ObserveInt64(backlog, s.backlog)
		if s.Free >= 0 {
			o.ObserveInt64(free, s.Free)
		}
		if !s.Oldest.IsZero() {
			o.ObserveFloat64(oldest, c.Now().Sub(s.Oldest).Seconds())
		}
		return nil
	}, size, free, oldest, backlog)
	return err
}
