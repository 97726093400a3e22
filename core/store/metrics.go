package store

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/metric"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// systems are the databases' names in the semantic conventions.
var systems = map[string]string{"sqlite": "sqlite", "postgres": "postgresql"}

// metrics are what the store measures: how long the database takes.
type metrics struct {
	system   string
	duration instrument.Spread
}

// Instrument has a meter take how long the database takes, before the first use.
func (s *Store) Instrument(meter metric.Meter) error {
	maker := instrument.For(meter)
	s.metrics = metrics{system: systems[s.dialect.String()], duration: maker.Spread(instrument.StoreDuration)}
	maker.Observe(s.observeConnections, instrument.StoreConnections)
	errs := []error{maker.Err(), s.metrics.watch(s.write)}
	if s.read != s.write {
		errs = append(errs, s.metrics.watch(s.read))
	}
	return errors.Join(errs...)
}

func (s *Store) observeConnections(_ context.Context, o instrument.Observer) {
	pools := map[string]*gorm.DB{"write": s.write}
	if s.read != s.write {
		pools["read"] = s.read
	}
	for name, db := range pools {
		handle, err := db.DB()
		if err != nil {
			continue
		}
		stats := handle.Stats()
		o.Set(instrument.StoreConnections, float64(stats.Idle), name, "idle")
		o.Set(instrument.StoreConnections, float64(stats.InUse), name, "used")
	}
}

const startedKey = "switchhook:started"

// watch measures gorm's statements. Those of the hot path are not gorm's: a commit
// is measured as a whole.
func (m *metrics) watch(db *gorm.DB) error {
	before := func(tx *gorm.DB) {
		if !tx.DryRun {
			tx.InstanceSet(startedKey, time.Now())
		}
	}
	after := func(class string) func(*gorm.DB) {
		return func(tx *gorm.DB) {
			if started, ok := tx.InstanceGet(startedKey); ok {
				m.took(started, class, tx.Error)
			}
		}
	}
	c := db.Callback()
	const first, last = "switchhook:started", "switchhook:took"
	return errors.Join(
		c.Create().Before("*").Register(first, before), c.Create().After("*").Register(last, after(instrument.StoreInsert)),
		c.Query().Before("*").Register(first, before), c.Query().After("*").Register(last, after(instrument.StoreSelect)),
		c.Update().Before("*").Register(first, before), c.Update().After("*").Register(last, after(instrument.StoreUpdate)),
		c.Delete().Before("*").Register(first, before), c.Delete().After("*").Register(last, after(instrument.StoreDelete)),
		c.Row().Before("*").Register(first, before), c.Row().After("*").Register(last, after(instrument.StoreRaw)),
		c.Raw().Before("*").Register(first, before), c.Raw().After("*").Register(last, after(instrument.StoreRaw)),
	)
}

func (m *metrics) took(started any, class string, err error) {
	if began, ok := started.(time.Time); ok {
		m.duration.Took(time.Since(began), m.system, class, errorType(err))
	}
}

// errorType is why a statement failed, in one word; "" if it did not.
func errorType(err error) string {
	switch {
	case err == nil, errors.Is(err, gorm.ErrRecordNotFound):
		return ""
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, node.ErrFenced):
		return "fenced"
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return "duplicate"
	}
	return instrument.Other
}
