package retention

import (
	"context"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// metrics count what passes did.
type metrics struct{ removed, expired instrument.Count }

func (m metrics) count(s Step) {
	for table, n := range map[string]int{
		"events": s.Events, "deliveries": s.Deliveries, "attempts": s.Attempts,
	} {
		m.removed.Add(int64(n), table)
	}
	m.expired.Add(int64(s.Expired))
}

// instrument makes the instruments. Gauges show what was last measured, so that
// scrapes cost the store nothing.
func (c *Cleaner) instrument() error {
	maker := instrument.For(c.Meter)
	c.metrics.removed, c.metrics.expired = maker.Count(instrument.RetentionRemoved), maker.Count(instrument.RetentionExpired)
	maker.Observe(c.observe, instrument.StoreSize, instrument.StoreFree, instrument.StoreOldest, instrument.StoreBacklog, instrument.StoreOverdue, instrument.DiskFree)
	return maker.Err()
}

func (c *Cleaner) observe(_ context.Context, o instrument.Observer) {
	s := c.last.Load()
	if s == nil {
		return
	}
	for part, bytes := range s.Parts {
		o.Set(instrument.StoreSize, float64(bytes), part)
	}
	o.Set(instrument.StoreBacklog, float64(s.backlog))
	if s.Free >= 0 {
		o.Set(instrument.StoreFree, float64(s.Free))
	}
	if s.Disk >= 0 {
		o.Set(instrument.DiskFree, float64(s.Disk))
	}
	if !s.Oldest.IsZero() {
		o.Set(instrument.StoreOldest, c.Now().Sub(s.Oldest).Seconds())
	}
	late := 0.0
	if !s.Overdue.IsZero() {
		late = max(c.Now().Sub(s.Overdue).Seconds(), 0)
	}
	o.Set(instrument.StoreOverdue, late)
}
