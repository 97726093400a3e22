package memengine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/memengine"
)

func manifest() sdk.Manifest {
	return sdk.Manifest{
		UniqueName: true,
		IDFormat:   sdk.IDFormatKSUID,
		Limits:     []sdk.Limit{{Scope: sdk.LimitScopeAccount, Max: 2}},
		URL:        sdk.URLPolicy{Schemes: []string{"https"}, Pattern: `https://[a-z.]+/.*`},
		Secret:     sdk.SecretPolicy{Generate: true, Prefix: "whsec_", Bytes: 8, Encoding: sdk.SecretEncodingHex},
	}
}

func spec(name string) sdk.SubscriptionSpec {
	return sdk.SubscriptionSpec{Name: name, URL: "https://example.com/hook", EventTypes: []string{"a"}, Enabled: true}
}

func TestEngineCreate(t *testing.T) {
	t.Parallel()
	e := memengine.New(manifest())
	sub, err := e.CreateSubscription(t.Context(), spec("one"))
	require.NoError(t, err)
	require.Len(t, sub.ID, 27)
	require.Regexp(t, `^whsec_[0-9a-f]{16}$`, sub.Secret.Reveal())

	for name, test := range map[string]struct {
		spec  sdk.SubscriptionSpec
		code  sdk.Code
		field string
	}{
		"TakenName":  {spec("one"), sdk.CodeConflict, "/name"},
		"Scheme":     {sdk.SubscriptionSpec{Name: "x", URL: "http://example.com/"}, sdk.CodeInvalid, "/url"},
		"Pattern":    {sdk.SubscriptionSpec{Name: "x", URL: "https://example.com:81/"}, sdk.CodeInvalid, "/url"},
		"Localhost":  {sdk.SubscriptionSpec{Name: "x", URL: "https://localhost/"}, sdk.CodeInvalid, "/url"},
		"EmptyEvent": {sdk.SubscriptionSpec{Name: "x", URL: "https://example.com/", EventTypes: []string{"a", ""}}, sdk.CodeInvalid, "/event_types/1"},
	} {
		_, err := e.CreateSubscription(t.Context(), test.spec)
		require.True(t, sdk.IsCode(err, test.code), "%s: %v", name, err)
		require.Equal(t, test.field, sdk.AsError(err).Fields[0].Field, name)
	}
	_, err = e.CreateSubscription(t.Context(), spec("two"))
	require.NoError(t, err)
	_, err = e.CreateSubscription(t.Context(), spec("three"))
	require.True(t, sdk.IsCode(err, sdk.CodeLimit))
}

func TestEngineChanges(t *testing.T) {
	t.Parallel()
	e := memengine.New(manifest())
	_, err := e.UpdateSubscription(t.Context(), "", sdk.SubscriptionPatch{})
	require.True(t, sdk.IsCode(err, sdk.CodeNotFound))

	first, created, err := e.PutSubscription(t.Context(), spec("one"))
	require.NoError(t, err)
	require.True(t, created)
	again, created, err := e.PutSubscription(t.Context(), spec("renamed"))
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, first.ID, again.ID)

	require.NoError(t, e.Disable("", "failures"))
	later := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	e.SetTime(later)
	on := true
	sub, err := e.UpdateSubscription(t.Context(), first.ID, sdk.SubscriptionPatch{Enabled: &on})
	require.NoError(t, err)
	require.Equal(t, "renamed", sub.Name)
	require.Empty(t, sub.DisabledReason)
	require.Equal(t, later, sub.UpdatedAt)

	_, err = e.DeleteSubscription(t.Context(), "")
	require.NoError(t, err)
	_, err = e.GetSubscription(t.Context(), first.ID)
	require.True(t, sdk.IsCode(err, sdk.CodeNotFound))
}

func TestEngineList(t *testing.T) {
	t.Parallel()
	e := memengine.New(manifest())
	for _, name := range []string{"one", "two"} {
		_, err := e.CreateSubscription(t.Context(), spec(name))
		require.NoError(t, err)
	}
	page, err := e.ListSubscriptions(t.Context(), 1, "")
	require.NoError(t, err)
	require.Equal(t, "one", page.Subscriptions[0].Name)
	require.Empty(t, page.Subscriptions[0].Secret.Reveal())
	page, err = e.ListSubscriptions(t.Context(), 1, page.NextCursor)
	require.NoError(t, err)
	require.Equal(t, "two", page.Subscriptions[0].Name)
	require.Empty(t, page.NextCursor)
	_, err = e.ListSubscriptions(t.Context(), 0, "x")
	require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
}

func TestEngineDeliveries(t *testing.T) {
	t.Parallel()
	e := memengine.New(manifest())
	for _, id := range strings.Fields("1 2 3") {
		status := sdk.DeliveryDelivered
		if id == "2" {
			status = sdk.DeliveryDead
		}
		e.AddDelivery(sdk.DeliveryRecord{ID: id, EventType: "a", Status: status})
	}
	list, err := e.ListDeliveries(t.Context(), sdk.DeliveryQuery{Statuses: []sdk.DeliveryStatus{sdk.DeliveryDelivered}, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, 2, list.Total)
	require.Len(t, list.Deliveries, 1)
	require.Equal(t, "3", list.Deliveries[0].ID)
	list, err = e.ListDeliveries(t.Context(), sdk.DeliveryQuery{EventTypes: []string{"b"}, Offset: 5})
	require.NoError(t, err)
	require.Empty(t, list.Deliveries)

	_, err = e.ListDeliveries(t.Context(), sdk.DeliveryQuery{SubscriptionID: "unknown"})
	require.True(t, sdk.IsCode(err, sdk.CodeNotFound))

	e.Fail(sdk.Errorf(sdk.CodeUnavailable, "down"))
	_, err = e.ListDeliveries(t.Context(), sdk.DeliveryQuery{})
	require.True(t, sdk.IsCode(err, sdk.CodeUnavailable))
}
