package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// outside is the world that probes reach, and what is published.
type outside struct {
	mu        sync.Mutex
	sent      []egress.Request
	answer    egress.Response
	err       error
	published []sdk.Event
}

func (o *outside) CheckURL(raw string) error {
	if raw == "http://10.0.0.1/" {
		return errors.New("must be a public address")
	}
	return nil
}

func (o *outside) Do(_ context.Context, r egress.Request) (egress.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, r)
	return o.answer, o.err
}

func (o *outside) Publish(_ context.Context, _ uuid.UUID, in []sdk.Event) ([]event.Accepted, error) {
	o.published = append(o.published, in...)
	return []event.Accepted{{ID: "id"}}, nil
}

func TestAuthorityProbes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.outside.answer = egress.Response{Status: http.StatusOK, Header: http.Header{"X": {"1"}}, Body: []byte("abc")}
	inside(t, w, func(ctx context.Context, e sdk.Engine) {
		got, err := e.Probe(ctx, sdk.Probe{URL: "https://example.com/?challenge=abc", Timeout: time.Hour})
		require.NoError(t, err)
		require.Equal(t, &sdk.ProbeResult{Status: 200, Headers: []sdk.Header{{Name: "X", Value: "1"}}, Body: []byte("abc")}, got)
		require.Equal(t, http.MethodGet, w.outside.sent[0].Method)
		require.Equal(t, probeTimeout, w.outside.sent[0].Timeout, "the engine's bound")
		_, err = e.Probe(ctx, sdk.Probe{URL: "http://10.0.0.1/"})
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
		require.Len(t, w.outside.sent, 1)
	})
}

func TestAuthorityNotesWhatABackgroundProbeFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer egress.Response
		err    error
		want   string
	}{
		"Expected":  {answer: egress.Response{Status: 200, Body: []byte("abc\n")}},
		"OtherBody": {answer: egress.Response{Status: 200, Body: []byte("abd")}, want: "the verification request was not answered with the expected body"},
		"Status":    {answer: egress.Response{Status: 401}, want: "the verification request was answered with HTTP 401"},
		"NoAnswer":  {err: &egress.Error{Kind: egress.KindRefused, Text: "connection refused"}, want: "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.outside.answer, w.outside.err = c.answer, c.err
			inside(t, w, func(ctx context.Context, e sdk.Engine) {
				got, err := e.Probe(ctx, sdk.Probe{URL: "https://example.com", Background: true, SubscriptionID: "external", ExpectBody: []byte("abc")})
				require.NoError(t, err)
				require.Zero(t, *got)
			})
			w.engine.background.work.Wait()
			require.Len(t, w.outside.sent, 1)
			noted := w.subscriptions.calls[2:] // after the look-up of the subscription
			if c.want == "" {
				require.Empty(t, noted)
				return
			}
			require.Equal(t, "error", noted[0])
			require.Equal(t, c.want, noted[2])
		})
	}
}

func TestBackgroundIsBoundedAndEnds(t *testing.T) {
	t.Parallel()
	b := newBackground()
	for range maxBackground {
		require.True(t, b.start(func(ctx context.Context) { <-ctx.Done() }))
	}
	require.False(t, b.start(func(context.Context) {}), "full")
	b.close()
	require.False(t, b.start(func(context.Context) {}), "closed")
	b.close()
}

func TestAuthorityPublishesToOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inside(t, w, func(ctx context.Context, e sdk.Engine) {
		id, err := e.PublishTo(ctx, "external", "test.ping", []byte(`{"a":1}`))
		require.NoError(t, err)
		require.Equal(t, "id", id)
	})
	require.Len(t, w.outside.published, 1)
	ev := w.outside.published[0]
	require.Equal(t, "vendor.test.ping", ev.Type)
	require.JSONEq(t, `{"a":1}`, string(ev.Data))
	require.Contains(t, ev.Extensions, "webhookid")
}

func TestAuthorityPagesDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliveries.total = 2
	last := uuid.MustParse("01900000-0000-7000-8000-000000000001")
	w.deliveries.records = []delivery.Record{{Delivery: delivery.Delivery{ID: last}}, {}}
	inside(t, w, func(ctx context.Context, e sdk.Engine) {
		list, err := e.ListDeliveries(ctx, sdk.DeliveryQuery{Limit: 1})
		require.NoError(t, err)
		require.Len(t, list.Deliveries, 1)
		require.NotEmpty(t, list.NextCursor)
		_, err = e.ListDeliveries(ctx, sdk.DeliveryQuery{Limit: 1, Cursor: list.NextCursor, DeliveryID: "no id", Since: time.Unix(5, 0)})
		require.NoError(t, err)
		require.Equal(t, last, w.deliveries.query.Before)
		require.Equal(t, uuid.Max, w.deliveries.query.ID)
		require.Equal(t, time.Unix(5, 0), w.deliveries.query.Since)
		_, err = e.ListDeliveries(ctx, sdk.DeliveryQuery{Cursor: "!"})
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
		list, err = e.ListDeliveries(ctx, sdk.DeliveryQuery{CountOnly: true})
		require.NoError(t, err)
		require.Equal(t, &sdk.DeliveryList{Total: 2}, list)
	})
}
