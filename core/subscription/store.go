package subscription

import (
	"context"

	"github.com/google/uuid"
)

// Store keeps subscriptions. Errors are [*sdk.Error] where the caller is at
// fault: not found, conflict.
type Store interface {
	// InAccount runs fn in one transaction that holds the account's write lock, so
	// that limits and uniqueness can be checked before the write. Nothing is
	// written if fn returns an error. Errors: not found (the account), fn's.
	InAccount(ctx context.Context, accountID uuid.UUID, fn func(Tx) error) error
	// Subscription reads one.
	Subscription(ctx context.Context, sel Selector) (*Subscription, error)
	// ListSubscriptions reads a page in the order of ids.
	ListSubscriptions(ctx context.Context, q Query) ([]Subscription, error)
	// Changes counts the changes of an account's subscriptions, by whichever node;
	// 0 for an unknown account. What attempts say about them is no change, unless
	// it disables one.
	Changes(ctx context.Context, accountID uuid.UUID) (int64, error)
}

// Tx is the inside of a transaction on one account.
type Tx interface {
	Subscription(sel Selector) (*Subscription, error)
	// Count counts what a query selects, whatever its page.
	Count(q Query) (int, error)
	// MaxSubscriptions is the most subscriptions that the account may have; 0 is
	// any number.
	MaxSubscriptions() int
	// NameTaken tells whether a subscription of the owner has the name, leaving
	// out the one of the given id.
	NameTaken(o Owner, name string, except uuid.UUID) (bool, error)
	// NextNumber counts 1, 2, 3, … within the account and provider.
	NextNumber(provider string) (int64, error)
	Insert(s *Subscription) error
	Update(s *Subscription) error
	// Delete removes it and cancels its open deliveries.
	Delete(s *Subscription) error
}
