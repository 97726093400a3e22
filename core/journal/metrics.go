package journal

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// metrics are what the journal counts, once a transaction.
type metrics struct{ duration, size instrument.Spread }

// Instrument has a meter take what the journal counts, before Run; nil: nobody
// does. That each definition can be made is tested with the definitions.
func (j *Journal) Instrument(meter metric.Meter) {
	maker := instrument.For(meter)
	j.metrics = metrics{duration: maker.Spread(instrument.CommitDuration), size: maker.Spread(instrument.CommitSize)}
	maker.Observe(func(_ context.Context, o instrument.Observer) {
		o.Set(instrument.JournalQueue, float64(len(j.in)))
	}, instrument.JournalQueue)
}

func (m *metrics) committed(took time.Duration, b *Batch, err error) {
	switch {
	case err == nil:
		m.duration.Took(took)
	case errors.Is(err, node.ErrFenced):
		m.duration.Took(took, instrument.CommitFenced)
	default:
		m.duration.Took(took, instrument.CommitStore)
	}
	m.size.Record(float64(len(b.Events)), instrument.KindEvent)
	m.size.Record(float64(len(b.Outcomes)), instrument.KindOutcome)
}
