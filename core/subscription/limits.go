package subscription

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// checkLimits keeps the provider's limits and unique names, under the account's
// lock. self is the subscription being changed; none when one is made.
func checkLimits(tx Tx, p *provider.Provider, o Owner, spec sdk.SubscriptionSpec, self uuid.UUID) error {
	if p.Manifest.UniqueName && spec.Name != "" {
		taken, err := tx.NameTaken(o, spec.Name, self)
		if err != nil {
			return err
		}
		if taken {
			return &sdk.Error{
				Code: sdk.CodeConflict, Reason: sdk.ReasonDuplicateName,
				Message: "The name is in use",
				Fields:  []sdk.FieldError{{In: "body", Field: "/name", Message: fmt.Sprintf("another subscription is named %q", spec.Name)}},
			}
		}
	}
	if self == uuid.Nil {
		if err := checkAccount(tx, o.AccountID); err != nil {
			return err
		}
	}
	for _, l := range p.Manifest.Limits {
		if err := checkLimit(tx, l, o, spec, self); err != nil {
			return err
		}
	}
	return nil
}

// checkAccount keeps the account's own limit of all its subscriptions.
func checkAccount(tx Tx, accountID uuid.UUID) error {
	most := tx.MaxSubscriptions()
	if most == 0 {
		return nil
	}
	n, err := tx.Count(Query{AccountID: accountID})
	if err != nil || n < most {
		return err
	}
	return accountLimitError{refusal: sdk.Errorf(sdk.CodeLimit,
		"The account may have at most %d subscription(s), of all providers together; delete one first", most)}
}

func checkLimit(tx Tx, l sdk.Limit, o Owner, spec sdk.SubscriptionSpec, self uuid.UUID) error {
	q := Query{AccountID: o.AccountID, Provider: o.Provider}
	what := "for the account"
	switch l.Scope {
	case sdk.LimitScopeAccount:
	case sdk.LimitScopeNamespace:
		q.Namespace, what = &o.Namespace, "for the namespace"
	case sdk.LimitScopeSameFilters:
		q.Namespace, q.SameFilters, what = &o.Namespace, FiltersKey(spec), "with the same event types and filters"
	}
	if self != uuid.Nil && l.Scope != sdk.LimitScopeSameFilters {
		return nil // a change makes no more of them
	}
	n, err := tx.Count(q)
	if err != nil {
		return err
	}
	if self != uuid.Nil {
		sub, err := tx.Subscription(ByID(o.AccountID, self))
		if err != nil {
			return err
		}
		if FiltersKey(sub.SubscriptionSpec) == q.SameFilters {
			return nil // already counted
		}
	}
	if n < l.Max {
		return nil
	}
	return sdk.Errorf(sdk.CodeLimit, "At most %d subscription(s) may exist %s; delete one first", l.Max, what)
}
