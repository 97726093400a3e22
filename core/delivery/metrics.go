package delivery

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/telemetry/instrument"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// metrics are what the engine counts.
type metrics struct {
	matches, duration, latency                  instrument.Spread
	attempts, retries, finished, held, disabled instrument.Count
}

// instrument makes the instruments. That each definition can be made is tested
// with the definitions.
func (e *Engine) instrument(meter metric.Meter) {
	maker := instrument.For(meter)
	e.metrics = metrics{
		matches: maker.Spread(instrument.EventMatches), duration: maker.Spread(instrument.AttemptDuration),
		latency: maker.Spread(instrument.Latency), attempts: maker.Count(instrument.Attempts),
		retries: maker.Count(instrument.Retries), finished: maker.Count(instrument.Finished),
		held: maker.Count(instrument.Held), disabled: maker.Count(instrument.Disabled),
	}
	maker.Observe(e.observeQueues, instrument.InFlight, instrument.Waiting, instrument.WaitingAge, instrument.Breakers,
		instrument.EventsInMemory, instrument.EventMemory)
}

// observeQueues tells a scrape what is in memory.
func (e *Engine) observeQueues(_ context.Context, o instrument.Observer) {
	s := e.gates.Stats()
	o.Set(instrument.InFlight, float64(s.Proven), "proven")
	o.Set(instrument.InFlight, float64(s.Suspect), "suspect")
	o.Set(instrument.InFlight, float64(s.Retries), "retry")
	o.Set(instrument.Waiting, float64(s.Waiting))
	age := 0.0
	if !s.Oldest.IsZero() {
		age = max(e.Now().Sub(s.Oldest).Seconds(), 0)
	}
	o.Set(instrument.WaitingAge, age)
	o.Set(instrument.Breakers, float64(s.Closed), "closed")
	o.Set(instrument.Breakers, float64(s.Open), "open")
	o.Set(instrument.Breakers, float64(s.HalfOpen), "half_open")
	events, bytes := e.budget.used()
	o.Set(instrument.EventsInMemory, float64(events))
	o.Set(instrument.EventMemory, float64(bytes))
}

// countAttempt counts what came of one.
func (m *metrics) countAttempt(a *attempt, r *result) {
	outcome, word := outcomeOf(r), instrument.ResultFailure
	if r.failure == "" {
		word = instrument.ResultSuccess
	}
	m.attempts.Add(1, a.Provider, outcome)
	if !r.ours {
		m.duration.Took(r.duration, a.Provider, word)
	}
	if a.AttemptCount > 0 {
		m.retries.Add(1, a.Provider)
	}
}

// statusClasses are the outcomes of statuses that are no success, by their first digit.
var statusClasses = [...]string{1: "http_1xx", 2: "http_2xx", 3: "http_3xx", 4: "http_4xx", 5: "http_5xx"}

// outcomeOf is one word for what came of an attempt.
func outcomeOf(r *result) string {
	switch {
	case r.failure == "":
		return instrument.AttemptSuccess
	case r.ours:
		return instrument.AttemptRender
	case r.err != nil:
		if e, ok := errors.AsType[*egress.Error](r.err); ok {
			return string(e.Kind)
		}
		return instrument.AttemptCredentials
	}
	if class := r.response.Status / 100; class > 0 && class < len(statusClasses) {
		return statusClasses[class]
	}
	return instrument.Other
}

// countRecorded counts what an outcome has made of its delivery, once it is durable.
func (e *Engine) countRecorded(w *work, o *Outcome) {
	m := &e.metrics
	if o.Delivery.Held {
		m.held.Add(1)
	}
	if Final(o.Delivery.Status) && !e.takenAway(w) { // that is counted already
		m.finished.Add(1, o.Delivery.Provider, o.Delivery.Status.String())
	}
	if o.Delivery.Status == sdk.DeliveryDelivered {
		m.latency.Took(o.Delivery.UpdatedAt.Sub(w.begins()), o.Delivery.Provider)
	}
	if o.Health == nil || o.Health.DisabledReason == "" {
		return
	}
	reason := instrument.DisabledFailing
	if o.Health.Gone {
		reason = instrument.DisabledGone
	}
	m.disabled.Add(1, o.Delivery.Provider, reason)
}

// begins is when the delivery could have been made at the earliest. Who was made
// by a replay has no tracker, as what was claimed has none.
func (w *work) begins() time.Time {
	switch {
	case w.tracker == nil && w.Replayed():
		return w.CreatedAt
	case w.event.DeliverAt.After(w.event.AcceptedAt):
		return w.event.DeliverAt
	default:
		return w.event.AcceptedAt
	}
}
