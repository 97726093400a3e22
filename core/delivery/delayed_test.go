package delivery_test

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// subscriber renders the event's id into the path, and keeps when each came.
type subscriber struct {
	providers *provider.Set
	mu        sync.Mutex
	came      map[string]time.Time
}

func (s *subscriber) Providers() *provider.Set { return s.providers }

func (s *subscriber) Render(_ context.Context, _ string, ds []pluginhost.Delivery) ([]pluginhost.Result, error) {
	out := make([]pluginhost.Result, len(ds))
	for i, d := range ds {
		out[i].Request = &sdk.Request{Method: http.MethodPost, URL: "https://example.com/" + d.Event.ID}
	}
	return out, nil
}

func (s *subscriber) Do(_ context.Context, r egress.Request) (egress.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came[path.Base(r.URL)] = time.Now()
	return egress.Response{Status: http.StatusOK}, nil
}

// newProviders has one, whose subscriptions get every event.
func newProviders(t *testing.T) *provider.Set {
	t.Helper()
	p, err := provider.New(sdk.Manifest{
		Provider: "standard", Title: "Test", Version: "1", OpenCatalogue: true, IDFormat: sdk.IDFormatUUID,
		OpenAPI:     []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{}}`),
		URL:         sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery:    sdk.DeliveryPolicy{Timeout: time.Second, Schedule: []time.Duration{time.Minute}, MaxAttempts: 3},
		Unavailable: &sdk.Response{Status: http.StatusServiceUnavailable},
	})
	require.NoError(t, err)
	set, err := provider.NewSet(p)
	require.NoError(t, err)
	return set
}

// newStore has an account with one subscription, and a node.
func newStore(t *testing.T) (st *store.Store, accountID, node uuid.UUID) {
	t.Helper()
	box, err := secret.NewBox(bytes.Repeat([]byte{1}, secret.KeySize))
	require.NoError(t, err)
	st, err = store.OpenSQLite(t.TempDir(), store.Options{Box: box, Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	accountID, node = uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	require.NoError(t, st.CreateAccount(t.Context(), &account.Account{ID: accountID, Name: "acme", CreatedAt: time.Now()}))
	require.NoError(t, st.InAccount(t.Context(), accountID, func(tx subscription.Tx) error {
		id := uuid.Must(uuid.NewV7())
		return tx.Insert(&subscription.Subscription{
			AccountID: accountID, ID: id, Provider: "standard", ExternalID: id.String(), Version: 1, CreatedAt: time.Now(), UpdatedAt: time.Now(),
			SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/", Enabled: true},
		})
	}))
	require.NoError(t, st.RegisterNode(t.Context(), node, "test"))
	return st, accountID, node
}

// A delayed event is sent when it is due, not before, and within a second as the
// gateway is configured by default. All happens by the time of a bubble, in which
// work takes none: what is measured is the waiting.
func TestDelayedEventsComeWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st, accountID, node := newStore(t)
		s := &subscriber{providers: newProviders(t), came: map[string]time.Time{}}
		log := slog.New(slog.DiscardHandler)
		cfg := config.Default().Delivery
		e := delivery.New(delivery.Config{
			MaxInFlight: cfg.MaxInFlight, MaxInFlightPerSubscription: cfg.MaxInFlightPerSubscription, MaxWaiting: cfg.MaxWaiting,
			MaxEvents: cfg.Queue, MaxEventBytes: 1 << 20, RenderBatch: cfg.RenderBatch, PollInterval: cfg.PollInterval,
		}, delivery.Deps{
			Node: node, Store: st, Snapshots: subscription.NewIndex(st), Providers: s, Renderer: s, Sender: s,
			Tracer: noop.NewTracerProvider().Tracer(""), Log: log, Now: time.Now, Random: rand.Float64,
		})
		j := journal.New(st, node, e, log)
		e.SetRecorder(j)
		engineCtx, stopEngine := context.WithCancel(context.Background())
		journalCtx, stopJournal := context.WithCancel(context.Background())
		ended := make(chan error, 2)
		go func() { ended <- j.Run(journalCtx) }()
		go func() {
			defer stopJournal()
			ended <- e.Run(engineCtx, time.Second)
		}()
		defer func() {
			stopEngine()
			require.NoError(t, <-ended)
			require.NoError(t, <-ended)
		}()

		const events = 200
		due := map[string]time.Time{}
		dice := rand.New(rand.NewPCG(1, 1))
		for range events {
			key := uuid.Must(uuid.NewV7())
			at := time.Now().Add(time.Duration(dice.Int64N(int64(20 * time.Second)))).Truncate(time.Microsecond)
			due[key.String()] = at
			_, err := j.Commit(t.Context(), []*event.Event{{
				AccountID: accountID, Key: key, AcceptedAt: time.Now(), DeliverAt: at, Generated: true,
				Event: sdk.Event{ID: key.String(), Source: "/t", Type: "order.reminder", Time: time.Now(), Data: []byte(`{}`)},
			}})
			require.NoError(t, err)
		}
		<-time.After(30 * time.Second)
		synctest.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		require.Len(t, s.came, events)
		for id, at := range due {
			late := s.came[id].Sub(at)
			require.GreaterOrEqual(t, late, time.Duration(0), "it is sent before it is due")
			require.LessOrEqual(t, late, time.Second)
		}
	})
}
