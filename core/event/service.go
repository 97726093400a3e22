package event

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// DefaultSource is the source of events that were published without one.
const DefaultSource = "/switchhook"

// Store reads events. Errors are [*sdk.Error]: not found.
type Store interface {
	Event(ctx context.Context, accountID, key uuid.UUID) (*Event, error)
	ListEvents(ctx context.Context, q Query) ([]Event, error)
	// CancelEvent forgets that a delayed event is to be matched, where no node has
	// taken it yet. It returns the event, and whether it is cancelled: now, or
	// since earlier.
	CancelEvent(ctx context.Context, accountID, key uuid.UUID, now time.Time) (e *Event, cancelled bool, err error)
}

// Committer makes events durable.
type Committer interface {
	// Commit returns when the events are durable, with the key of each: its own,
	// or that of the earlier event with the same source and id. All are committed
	// or none is.
	Commit(ctx context.Context, events []*Event) (keys []uuid.UUID, err error)
}

// Providers gives the providers that are known now.
type Providers interface {
	Providers() *provider.Set
}

// Service accepts events.
type Service struct {
	store     Store
	committer Committer
	providers Providers
	tracer    trace.Tracer
	now       func() time.Time
	validator Validator
	metrics   metrics
	tally     Tally
}

// Validator checks the data of events by what is known of their types.
type Validator interface {
	// Validate tells what is wrong with an event that is otherwise valid. Errors:
	// invalid, for an event that is to be refused; warnings are of one that is not.
	Validate(ctx context.Context, accountID uuid.UUID, e *sdk.Event) (warnings []sdk.FieldError, err error)
}

// Tally counts events by account. It must not wait: publishers do.
type Tally interface {
	// Published counts events that were committed, without repeated ones.
	Published(accountID uuid.UUID, n int)
	// Refused counts events that were invalid, or too many.
	Refused(accountID uuid.UUID, n int)
}

// SetTally sets who counts what is published, before the first event.
func (s *Service) SetTally(t Tally) { s.tally = t }

// NewService returns a service.
func NewService(store Store, c Committer, p Providers, tracer trace.Tracer, now func() time.Time) *Service {
	return &Service{store: store, committer: c, providers: p, tracer: tracer, now: now}
}

func (s *Service) prepare(accountID uuid.UUID, in sdk.Event) (*Event, error) {
	key, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	e := &Event{AccountID: accountID, Key: key, Event: in, AcceptedAt: s.now()}
	if len(e.Extensions) > 0 {
		if err := checkDelay(&e.Event, e.AcceptedAt); err != nil {
			return nil, err
		}
		if e.DeliverAt = DeliverAt(e.Extensions, e.AcceptedAt); !e.DeliverAt.IsZero() {
			e.Key = keyOf(e.Key, e.DeliverAt)
		}
	}
	if e.ID == "" {
		e.ID, e.Generated = e.Key.String(), true
	}
	if e.Source == "" {
		e.Source = DefaultSource
	}
	if e.Time.IsZero() {
		e.Time = e.AcceptedAt
	}
	if err := check(&e.Event); err != nil {
		return nil, err
	}
	if err := s.providers.Providers().CheckType(e.Type); err != nil {
		return nil, sdk.InvalidField("/type", "%s", err)
	}
	return e, nil
}

// SetValidator sets who checks data before events are accepted. Without one nobody
// does.
func (s *Service) SetValidator(v Validator) { s.validator = v }

// Get reads an event. Errors: not found.
func (s *Service) Get(ctx context.Context, accountID, key uuid.UUID) (*Event, error) {
	return s.store.Event(ctx, accountID, key)
}

// Cancel keeps a delayed event from being matched. Errors: not found, conflict
// where the event does not wait any more.
func (s *Service) Cancel(ctx context.Context, accountID, key uuid.UUID) (*Event, error) {
	e, cancelled, err := s.store.CancelEvent(ctx, accountID, key, s.now())
	if err != nil {
		return nil, err
	}
	if !cancelled {
		return nil, errNotWaiting(e)
	}
	return e, nil
}

// List reads a page, newest first.
func (s *Service) List(ctx context.Context, q Query) ([]Event, error) {
	return s.store.ListEvents(ctx, q)
}
