package app

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/switchhook/switchhook/core/retention"
)

// keepStore makes what removes old events and measures the store.
func (a *App) keepStore(context.Context) (err error) {
	a.cleaner, err = retention.New(
		retention.Config{
			Age: a.cfg.Retention.Age, AuditAge: a.cfg.Retention.AuditAge, ReplayAge: a.cfg.Retention.ReplayAge,
			StatisticsAge: a.cfg.Statistics.Retention, SpanAge: a.cfg.Traces.Retention, SpanBytes: a.cfg.Traces.MaxBytes,
			Interval: a.cfg.Retention.Interval, Step: a.cfg.Retention.Step,
		},
		retention.Deps{
			Store: a.store, Meter: a.meter(), Log: a.log, Now: time.Now, Random: rand.Float64,
		})
	return err
}
