package gateway

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// inside runs f as the adapter of a request in namespace o/s.
func inside(t *testing.T, w *world, f func(ctx context.Context, e sdk.Engine)) answer {
	t.Helper()
	w.plugins.handle = func(ctx context.Context, provider string, req pluginhost.APIRequest, e sdk.Engine) (*sdk.Response, error) {
		f(ctx, e)
		return echo(provider, req), nil
	}
	return w.get(t, "/orgs/o/spaces/s/hooks")
}

var owner = subscription.Owner{AccountID: mainAccount, Provider: "vendor", Namespace: "o/s"}

func TestAuthorityActsForTheRequestsOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inside(t, w, func(ctx context.Context, e sdk.Engine) {
		spec := sdk.SubscriptionSpec{URL: "https://a.example"}
		patch := sdk.SubscriptionPatch{URL: &spec.URL}
		sub, err := e.CreateSubscription(ctx, spec)
		require.NoError(t, err)
		require.Equal(t, "external", sub.ID)
		require.Equal(t, "hidden", sub.Secret.Reveal(), "whoever makes one sees its secret")
		_, created, err := e.PutSubscription(ctx, spec)
		require.NoError(t, err)
		require.True(t, created)
		for _, id := range []string{"7", ""} {
			_, err = e.GetSubscription(ctx, id)
			require.NoError(t, err)
			_, err = e.UpdateSubscription(ctx, id, patch)
			require.NoError(t, err)
			_, err = e.DeleteSubscription(ctx, id)
			require.NoError(t, err)
		}
		seven, only := owner.Select("7"), owner.Select("")
		require.Equal(t, []any{
			"create", owner, spec, "put", owner, spec,
			"get", seven, "update", seven, int64(0), patch, "delete", seven,
			"get", only, "update", only, int64(0), patch, "delete", only,
		}, w.subscriptions.calls)
	})
}

func TestAuthorityListsPagesWithoutSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		w.subscriptions.list = append(w.subscriptions.list, subscription.Subscription{
			ID: uuid.UUID{15: byte(i + 1)}, ExternalID: string(rune('a' + i)), SubscriptionSpec: sdk.SubscriptionSpec{Secret: "hidden"},
		})
	}
	inside(t, w, func(ctx context.Context, e sdk.Engine) {
		page, err := e.ListSubscriptions(ctx, 2, "")
		require.NoError(t, err)
		require.Len(t, page.Subscriptions, 2)
		require.Equal(t, "a", page.Subscriptions[0].ID)
		require.Empty(t, page.Subscriptions[0].Secret)
		require.Equal(t, sdk.Secret("hidden"), w.subscriptions.list[0].Secret)

		w.subscriptions.calls = nil
		last, err := e.ListSubscriptions(ctx, 0, page.NextCursor)
		require.NoError(t, err)
		require.Empty(t, last.NextCursor)
		require.Equal(t, []any{"list", subscription.Query{
			AccountID: mainAccount, Provider: "vendor", Namespace: &owner.Namespace, After: uuid.UUID{15: 2}, Limit: defaultPage + 1,
		}}, w.subscriptions.calls)

		for _, cursor := range []string{"x", "AAAA", page.NextCursor + "=", "{}"} {
			_, err = e.ListSubscriptions(ctx, 0, cursor)
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), cursor)
		}
	})
}

func TestAuthorityListsDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := uuid.MustParse("01900000-0000-7000-8000-0000000000dd")
	w.deliveries.total = 12
	w.deliveries.records = []delivery.Record{{
		Delivery:               delivery.Delivery{ID: id, EventType: "thing.made", Verbatim: true, Status: sdk.DeliveryDead, CreatedAt: time.Unix(5, 0)},
		SubscriptionExternalID: "external", Event: &event.Event{Event: sdk.Event{ID: "e", Data: []byte("{}")}},
		Attempts: []delivery.Attempt{{Attempt: sdk.Attempt{Number: 1, ResponseStatus: 500}, TraceID: "t"}},
	}, {}}
	inside(t, w, func(ctx context.Context, e sdk.Engine) {
		list, err := e.ListDeliveries(ctx, sdk.DeliveryQuery{
			SubscriptionID: "external", Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead}, EventTypes: []string{"thing.made"}, Limit: 10_000, Offset: -1,
		})
		require.NoError(t, err)
		require.Equal(t, 12, list.Total)
		require.Equal(t, sdk.DeliveryRecord{
			ID: id.String(), SubscriptionID: "external", Event: sdk.Event{ID: "e", Data: []byte("{}")}, EventType: "thing.made",
			Verbatim: true, Status: sdk.DeliveryDead, CreatedAt: time.Unix(5, 0), Attempts: []sdk.Attempt{{Number: 1, ResponseStatus: 500}},
		}, list.Deliveries[0])
		require.Equal(t, delivery.Query{
			AccountID: mainAccount, Provider: "vendor", Namespace: &owner.Namespace,
			SubscriptionID: uuid.MustParse("01900000-0000-7000-8000-00000000000a"), // ours, by the vendor's
			Statuses:       []sdk.DeliveryStatus{sdk.DeliveryDead}, EventTypes: []string{"thing.made"}, Limit: maxDeliveryPage + 1,
		}, w.deliveries.query)
		require.Equal(t, []any{"get", owner.Select("external")}, w.subscriptions.calls)

		_, err = e.ListDeliveries(ctx, sdk.DeliveryQuery{})
		require.NoError(t, err)
		require.Equal(t, uuid.Nil, w.deliveries.query.SubscriptionID)
	})
}

func TestAuthorityKeepsInternalsInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inside(t, w, func(ctx context.Context, e sdk.Engine) {
		w.subscriptions.err = sdk.Errorf(sdk.CodeLimit, "At most 1")
		_, err := e.CreateSubscription(ctx, sdk.SubscriptionSpec{})
		require.Equal(t, w.subscriptions.err, err)
		require.Empty(t, w.logs.String())

		w.subscriptions.err = errors.New("disk is full")
		_, created, err := e.PutSubscription(ctx, sdk.SubscriptionSpec{})
		require.Equal(t, sdk.Errorf(sdk.CodeInternal, "Internal error"), err)
		require.False(t, created)
		require.Contains(t, w.logs.String(), "disk is full")
		require.Contains(t, w.logs.String(), `"request_id":"`)
	})
}

func TestAuthorityEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var kept sdk.Engine
	inside(t, w, func(_ context.Context, e sdk.Engine) { kept = e })
	_, err := kept.DeleteSubscription(t.Context(), "7")
	require.Equal(t, sdk.Errorf(sdk.CodeUnavailable, "The request has ended"), err)
	require.Empty(t, w.subscriptions.calls)

	// A call that is under way ends too.
	ctx, cancel := context.WithCancel(t.Context())
	a := newAuthority(ctx, w.engine, owner)
	_, err = call(t.Context(), a, func(ctx context.Context) (int, error) {
		cancel()
		<-ctx.Done()
		return 0, ctx.Err()
	})
	require.True(t, sdk.IsCode(err, sdk.CodeUnavailable))
}

// A failed request, and one of an operation that asks for no key, may do nothing.
func TestNoAuthority(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := 0
	w.plugins.handle = func(ctx context.Context, provider string, req pluginhost.APIRequest, e sdk.Engine) (*sdk.Response, error) {
		asked++
		var errs [7]error
		_, errs[0] = e.CreateSubscription(ctx, sdk.SubscriptionSpec{})
		_, _, errs[1] = e.PutSubscription(ctx, sdk.SubscriptionSpec{})
		_, errs[2] = e.GetSubscription(ctx, "")
		_, errs[3] = e.ListSubscriptions(ctx, 0, "")
		_, errs[4] = e.UpdateSubscription(ctx, "", sdk.SubscriptionPatch{})
		_, errs[5] = e.DeleteSubscription(ctx, "")
		_, errs[6] = e.ListDeliveries(ctx, sdk.DeliveryQuery{})
		for _, err := range errs {
			require.True(t, sdk.IsCode(err, sdk.CodeDenied))
		}
		return echo(provider, req), nil
	}
	w.get(t, "/open")
	w.get(t, "/nothing")
	w.get(t, "/things?page=x")
	require.Equal(t, 3, asked)
	require.Empty(t, w.subscriptions.calls)
}
