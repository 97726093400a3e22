package subscription_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// The account's own limit counts the subscriptions of every provider.
func TestTheAccountsLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("one", open), manifest("two", open))
	told := &limits{}
	b.SetEmitter(told)
	first := b.create(t, b.owner("one"), spec())
	_, err := b.store.UpdateAccount(t.Context(), b.account, func(a *account.Account) error {
		a.Settings.Limits.MaxSubscriptions = 2
		return nil
	})
	require.NoError(t, err)
	b.create(t, b.owner("two"), spec())
	_, err = b.Create(t.Context(), b.owner("two"), spec())
	require.True(t, sdk.IsCode(err, sdk.CodeLimit), "%v", err)
	require.ErrorContains(t, err, "at most 2 subscription(s), of all providers together")
	require.Equal(t, []string{"max_subscriptions"}, told.names)
	_, _, err = b.Put(t.Context(), subscription.Owner{AccountID: b.account, Provider: "two", Namespace: "other"}, spec())
	require.True(t, sdk.IsCode(err, sdk.CodeLimit), "%v", err)
	_, err = b.Update(t.Context(), subscription.ByID(b.account, first.ID), 0, sdk.SubscriptionPatch{Name: new("a change makes no more")})
	require.NoError(t, err)
	_, err = b.Delete(t.Context(), subscription.ByID(b.account, first.ID))
	require.NoError(t, err)
	b.create(t, b.owner("two"), spec())
}

// limits is an emitter that keeps what it is told.
type limits struct{ names []string }

func (l *limits) LimitReached(_ context.Context, _ uuid.UUID, limit string) {
	l.names = append(l.names, limit)
}
