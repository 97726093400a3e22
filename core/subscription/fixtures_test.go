package subscription_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// now is a moment with the store's precision.
var now = time.Date(2026, 11, 21, 10, 11, 12, 345_678_000, time.UTC)

// manifest is a valid one of a provider whose catalogue has two types for one
// canonical type, the newer first.
func manifest(name string, change ...func(*sdk.Manifest)) sdk.Manifest {
	m := sdk.Manifest{
		Provider: name, Title: "Title",
		OpenAPI: []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/x":{"get":{"operationId":"x","responses":{"200":{"description":"ok"}}}}}}`),
		EventTypes: []sdk.EventType{
			{Name: "message.v2", Canonical: []string{"message.received"}},
			{Name: "message.v1", Canonical: []string{"message.received"}},
			{Name: "contact.created", Canonical: []string{"contact.created"}},
			{Name: "{platform}.inbound", Canonical: []string{"message.received"}},
		},
		IDFormat:    sdk.IDFormatUUID,
		URL:         sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery:    sdk.DeliveryPolicy{Timeout: time.Second, Schedule: []time.Duration{time.Second}, MaxAttempts: 3},
		Unavailable: &sdk.Response{Status: 503},
	}
	for _, c := range change {
		c(&m)
	}
	return m
}

func open(m *sdk.Manifest) { m.OpenCatalogue, m.EventTypes = true, nil }

// known implements subscription.Providers.
type known struct{ set *provider.Set }

func (k *known) Providers() *provider.Set { return k.set }

func providers(t *testing.T, manifests ...sdk.Manifest) *known {
	t.Helper()
	var all []*provider.Provider
	for _, m := range manifests {
		p, err := provider.New(m)
		require.NoError(t, err)
		all = append(all, p)
	}
	set, err := provider.NewSet(all...)
	require.NoError(t, err)
	return &known{set}
}

// bench is a service on a real store, with one account.
type bench struct {
	*subscription.Service
	store   *store.Store
	index   *subscription.Index
	known   *known
	account uuid.UUID
}

func newBench(t *testing.T, manifests ...sdk.Manifest) *bench {
	t.Helper()
	st, err := store.OpenSQLite(t.TempDir(), store.Options{Box: storetest.Box(t, 1), Now: func() time.Time { return now }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	b := &bench{store: st, index: subscription.NewIndex(st), known: providers(t, manifests...), account: newID(t)}
	require.NoError(t, st.CreateAccount(t.Context(), &account.Account{ID: b.account, Name: "acme"}))
	urls := func(raw string) error {
		if strings.Contains(raw, "refused") {
			return errors.New("is refused by the guard")
		}
		return nil
	}
	b.Service = subscription.NewService(st, b.index, b.known, urls, func() time.Time { return now })
	return b
}

func (b *bench) owner(provider string) subscription.Owner {
	return subscription.Owner{AccountID: b.account, Provider: provider}
}

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id
}

func spec(change ...func(*sdk.SubscriptionSpec)) sdk.SubscriptionSpec {
	s := sdk.SubscriptionSpec{URL: "https://example.com/hook", Enabled: true}
	for _, c := range change {
		c(&s)
	}
	return s
}

func types(patterns ...string) func(*sdk.SubscriptionSpec) {
	return func(s *sdk.SubscriptionSpec) { s.EventTypes = patterns }
}

func named(name string) func(*sdk.SubscriptionSpec) {
	return func(s *sdk.SubscriptionSpec) { s.Name = name }
}

func (b *bench) create(t *testing.T, o subscription.Owner, s sdk.SubscriptionSpec) *subscription.Subscription {
	t.Helper()
	sub, err := b.Create(context.Background(), o, s)
	require.NoError(t, err)
	return sub
}
