// Package account holds accounts, their API keys, and authentication.
//
// An account is the isolation boundary: it owns keys, subscriptions and events.
// An API key is an opaque token of one account with scopes; the store keeps its
// hash alone.
package account

import (
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// DefaultName is the account that an empty store gets, and for which the
// operator key acts unless told otherwise.
const DefaultName = "default"

// Account owns keys, subscriptions and events.
type Account struct {
	ID uuid.UUID
	// Name is unique; see [CheckName].
	Name     string
	Settings Settings
	// Version counts the changes, from 1.
	Version   int64
	CreatedAt time.Time
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// CheckName tells what is wrong with an account's name; nil if nothing is.
func CheckName(name string) error {
	if namePattern.MatchString(name) {
		if uuid.Validate(name) == nil {
			return sdk.InvalidField("/name", "must not have the form of a UUID, because accounts are named by either")
		}
		return nil
	}
	return sdk.InvalidField("/name", "must be 1 to 63 lower-case letters, digits, dots, hyphens or underscores, and start with a letter or digit")
}
