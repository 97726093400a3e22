package subscription

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// limitSubscriptions is the name of the account's limit in its settings.
const limitSubscriptions = "max_subscriptions"

// Emitter is told of what operators want to know. It must not wait: requests do.
type Emitter interface {
	// LimitReached says that a limit of an account has refused a request.
	LimitReached(ctx context.Context, accountID uuid.UUID, limit string)
}

// SetEmitter sets who is told, before the service is used. Without one nobody is.
func (s *Service) SetEmitter(e Emitter) { s.emitter = e }

// accountLimitError tells an account's limit from those of providers.
type accountLimitError struct{ refusal *sdk.Error }

// Error is the refusal's.
func (e accountLimitError) Error() string { return e.refusal.Error() }

// Unwrap returns the refusal.
func (e accountLimitError) Unwrap() error { return e.refusal }

// tell tells the emitter where err is an account's limit, and returns it.
func (s *Service) tell(ctx context.Context, accountID uuid.UUID, err error) error {
	if _, limit := errors.AsType[accountLimitError](err); limit && s.emitter != nil {
		s.emitter.LimitReached(ctx, accountID, limitSubscriptions)
	}
	return err
}
