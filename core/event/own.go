package event

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// OwnTypes is what the types of the gateway's own events start with.
const OwnTypes = "switchhook."

// IsOwn tells whether an event is the gateway's own.
func IsOwn(eventType string) bool { return strings.HasPrefix(eventType, OwnTypes) }

// checkOwn refuses types of the gateway's own events to publishers.
func checkOwn(eventType string) error {
	if IsOwn(eventType) {
		return sdk.InvalidField("/type", "must not start with %s: such types are the gateway's own", OwnTypes)
	}
	return nil
}

// PublishOwn accepts an event of the gateway itself. Errors: invalid, unavailable.
func (s *Service) PublishOwn(ctx context.Context, accountID uuid.UUID, in sdk.Event) (Accepted, error) {
	return s.publishOne(ctx, accountID, uuid.Nil, in)
}

// PublishTo accepts an event that one subscription alone gets, whatever its
// patterns and filters. Nobody validates its data, but it is no event of the
// gateway's own. Errors: invalid, unavailable.
func (s *Service) PublishTo(ctx context.Context, accountID, subscriptionID uuid.UUID, in sdk.Event) (Accepted, error) {
	if err := checkOwn(in.Type); err != nil {
		return Accepted{}, err
	}
	return s.publishOne(ctx, accountID, subscriptionID, in)
}

func (s *Service) publishOne(ctx context.Context, accountID, only uuid.UUID, in sdk.Event) (Accepted, error) {
	e, err := s.prepare(accountID, in)
	if err != nil {
		return Accepted{}, err
	}
	e.Only = only
	out := make([]Accepted, 1)
	err = s.commit(ctx, []*Event{e}, out)
	s.count(accountID, []sdk.Event{in}, out, err)
	return out[0], err
}
