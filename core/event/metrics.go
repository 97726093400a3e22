package event

import (
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// metrics are what publishing counts.
type metrics struct {
	published, refused instrument.Count
	duration           instrument.Spread
}

// Instrument has a meter take what publishing counts, before the first event.
func (s *Service) Instrument(meter metric.Meter) error {
	maker := instrument.For(meter)
	s.metrics = metrics{
		published: maker.Count(instrument.EventPublished), refused: maker.Count(instrument.Refused),
		duration: maker.Spread(instrument.EventPublishDuration),
	}
	return maker.Err()
}

// failed counts events that could not be committed.
func (m *metrics) failed(took time.Duration, err error) {
	switch {
	case sdk.IsCode(err, sdk.CodeRateLimited):
		m.refused.Add(1, instrument.RefusedBacklog)
		m.duration.Took(took, instrument.PublishRefused)
	case sdk.IsCode(err, sdk.CodeUnavailable):
		m.refused.Add(1, instrument.RefusedStore)
		m.duration.Took(took, instrument.PublishFailed)
	default:
		m.duration.Took(took, instrument.PublishFailed)
	}
}

func (m *metrics) committed(took time.Duration, events, repeats int) {
	m.duration.Took(took, instrument.PublishAccepted)
	m.published.Add(int64(events-repeats), instrument.PublishAccepted)
	if repeats > 0 {
		m.published.Add(int64(repeats), instrument.PublishDuplicate)
	}
}
