package subscription

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxReason is in characters.
const maxReason = 1024

// disable takes the owner's reason, where one is given; it replaces the engine's.
// Errors: invalid.
func (s *Subscription) disable(enabled bool, reason *string) error {
	switch {
	case reason == nil:
		return nil
	case enabled:
		return sdk.InvalidField("/disabled_reason", "is for a subscription that is disabled: send enabled: false with it")
	case utf8.RuneCountInString(*reason) > maxReason || !utf8.ValidString(*reason) || strings.ContainsFunc(*reason, unicode.IsControl):
		return sdk.InvalidField("/disabled_reason", "must be at most %d characters without control characters", maxReason)
	}
	s.OwnerReason, s.DisabledReason = *reason, ""
	return nil
}
