package gateway

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/audit"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// noting are subscriptions that note what is made, as the service does.
type noting struct {
	Subscriptions
	entries []audit.Entry
}

func (n *noting) Create(ctx context.Context, o subscription.Owner, spec sdk.SubscriptionSpec) (*subscription.Subscription, error) {
	if err := audit.Note(ctx, o.AccountID, audit.Resource{Type: "subscription", ID: "x"}, nil, spec); err != nil {
		return nil, err
	}
	n.entries = append(n.entries, audit.Take(ctx)...)
	return n.Subscriptions.Create(ctx, o, spec)
}

// A call of the adapter is in the name of who made the request, whatever context
// it comes with.
func TestChangesThroughAVendorsAPIAreInTheCallersName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := &noting{Subscriptions: w.engine.subscriptions}
	w.engine.subscriptions = n
	answer := inside(t, w, func(_ context.Context, e sdk.Engine) {
		_, err := e.CreateSubscription(context.Background(), sdk.SubscriptionSpec{URL: "https://a.example", Secret: "hidden"})
		require.NoError(t, err)
	})
	require.Len(t, n.entries, 1)
	e := n.entries[0]
	require.Regexp(t, `^vendor\.`, e.Action)
	require.Equal(t, mainAccount, e.AccountID)
	require.Equal(t, answer.header.Get("X-Request-Id"), e.RequestID)
	require.NotContains(t, string(e.After), "hidden")
}
