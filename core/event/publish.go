package event

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Accepted is the answer to one published event.
type Accepted struct {
	Key uuid.UUID
	// ID is the CloudEvent's.
	ID string
	// Duplicate: an event of this source and id was accepted before, and this
	// one was not repeated.
	Duplicate bool
	// Warnings are what the validator found in an event that was accepted.
	Warnings []sdk.FieldError
	// Err is why the event was refused; see [Service.PublishEach].
	Err error
}

// Publish accepts events of one account, all or none; they are durable when it
// returns. Attributes that may be left out are filled in: id, source, time.
// Errors: invalid, unavailable.
func (s *Service) Publish(ctx context.Context, accountID uuid.UUID, in []sdk.Event) ([]Accepted, error) {
	out, err := s.publish(ctx, accountID, in)
	s.count(accountID, in, out, err)
	return out, err
}

func (s *Service) publish(ctx context.Context, accountID uuid.UUID, in []sdk.Event) ([]Accepted, error) {
	out := make([]Accepted, len(in))
	events := make([]*Event, len(in))
	for i := range in {
		e, err := s.accept(ctx, accountID, in[i], &out[i])
		if err != nil {
			return nil, err
		}
		events[i] = e
	}
	if err := s.commit(ctx, events, out); err != nil {
		return nil, err
	}
	return out, nil
}

// PublishEach is Publish but for events that are invalid: each says so in its own
// answer, and the others are accepted, all or none.
func (s *Service) PublishEach(ctx context.Context, accountID uuid.UUID, in []sdk.Event) ([]Accepted, error) {
	out, err := s.publishEach(ctx, accountID, in)
	s.count(accountID, in, out, err)
	return out, err
}

func (s *Service) publishEach(ctx context.Context, accountID uuid.UUID, in []sdk.Event) ([]Accepted, error) {
	out := make([]Accepted, len(in))
	events := make([]*Event, 0, len(in))
	for i := range in {
		e, err := s.accept(ctx, accountID, in[i], &out[i])
		switch {
		case err == nil:
			events = append(events, e)
		case sdk.IsCode(err, sdk.CodeInvalid):
			out[i] = Accepted{ID: in[i].ID, Err: err}
		default:
			return nil, err
		}
	}
	if err := s.commit(ctx, events, out); err != nil {
		return nil, err
	}
	return out, nil
}

// count tells the tally what came of events.
func (s *Service) count(accountID uuid.UUID, in []sdk.Event, out []Accepted, err error) {
	if s.tally == nil {
		return
	}
	published, refused := 0, 0
	for i := range out {
		switch {
		case out[i].Err != nil:
			refused++
		case err == nil && !out[i].Duplicate:
			published++
		}
	}
	if sdk.IsCode(err, sdk.CodeInvalid) || sdk.IsCode(err, sdk.CodeRateLimited) {
		refused = len(in)
	}
	if published > 0 {
		s.tally.Published(accountID, published)
	}
	if refused > 0 {
		s.tally.Refused(accountID, refused)
	}
}

// Refused tells the tally of events that were refused before they came here.
func (s *Service) Refused(accountID uuid.UUID, n int) {
	if s.tally != nil {
		s.tally.Refused(accountID, n)
	}
}

// accept makes an event of what was published.
func (s *Service) accept(ctx context.Context, accountID uuid.UUID, in sdk.Event, out *Accepted) (*Event, error) {
	if err := checkOwn(in.Type); err != nil {
		return nil, err
	}
	e, err := s.prepare(accountID, in)
	if err != nil || s.validator == nil {
		return e, err
	}
	out.Warnings, err = s.validator.Validate(ctx, accountID, &e.Event)
	return e, err
}

// commit makes events durable and completes their answers, which stand in out in
// the same order between those of events that were refused.
func (s *Service) commit(ctx context.Context, events []*Event, out []Accepted) (err error) {
	if len(events) == 0 {
		return nil
	}
	for _, e := range events {
		span := s.startSpan(ctx, e)
		defer func() { endSpan(span, err) }()
		e.TraceParent = traceParent(span)
	}
	began := time.Now()
	keys, err := s.committer.Commit(ctx, events)
	if err != nil {
		s.metrics.failed(time.Since(began), err)
		return err
	}
	n, repeats := 0, 0
	for i := range out {
		if out[i].Err != nil {
			continue
		}
		out[i].Key, out[i].ID, out[i].Duplicate = keys[n], events[n].ID, keys[n] != events[n].Key
		if out[i].Duplicate {
			repeats++
		}
		n++
	}
	s.metrics.committed(time.Since(began), n, repeats)
	return nil
}
