package sdk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// renderRequest is two events for two subscriptions each, event by event.
func renderRequest() *adapterv1.RenderRequest {
	in := &adapterv1.RenderRequest{
		Events: []*adapterv1.Event{
			(&Event{ID: "e0", Data: []byte("zero")}).Proto(), (&Event{ID: "e1", Data: []byte("one")}).Proto(),
		},
		Subscriptions: []*adapterv1.Subscription{
			(&Subscription{ID: "s0", SubscriptionSpec: SubscriptionSpec{URL: "https://a.example/"}}).Proto(),
			(&Subscription{ID: "s1", SubscriptionSpec: SubscriptionSpec{URL: "https://b.example/"}}).Proto(),
		},
	}
	for i := range uint32(4) {
		in.Deliveries = append(in.Deliveries, &adapterv1.RenderDelivery{
			Id: "d", Event: i / 2, Subscription: i % 2, EventType: "t", Attempt: 3,
			AttemptTime: timeProto(time.Unix(100, 0)), Verbatim: true,
		})
	}
	return in
}

func TestRenderMakesASubscriptionsMACOnce(t *testing.T) {
	t.Parallel()
	made := map[string]int{}
	sign := func(d *Delivery, build func() (hash.Hash, error)) (*Request, error) {
		mac, err := d.SharedMAC(build)
		if err != nil {
			return nil, err
		}
		mac.Write(d.Event.Data)
		return &Request{Headers: []Header{{"X-Signature", hex.EncodeToString(mac.Sum(nil))}}}, nil
	}
	c, _ := serveAdapter(t, &testAdapter{render: func(_ context.Context, d *Delivery) (*Request, error) {
		id := d.Subscription.ID
		return sign(d, func() (hash.Hash, error) {
			if made[id]++; id == "s1" {
				return nil, Errorf(CodeInvalid, "no key")
			}
			return hmac.New(sha256.New, []byte(id)), nil
		})
	}})
	out, err := c.Render(t.Context(), renderRequest())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"s0": 1, "s1": 1}, made, "an error too")
	for i, data := range []string{"zero", "", "one", ""} {
		result := out.GetResults()[i]
		if data == "" {
			require.Equal(t, "no key", result.GetError().GetMessage())
			continue
		}
		want := hmac.New(sha256.New, []byte("s0"))
		want.Write([]byte(data))
		require.Equal(t, hex.EncodeToString(want.Sum(nil)), result.GetRequest().GetHeaders()[0].GetValue())
	}
	alone, err := sign(&Delivery{Event: &Event{}}, func() (hash.Hash, error) { return sha256.New(), nil })
	require.NoError(t, err)
	require.Len(t, alone.Headers[0].Value, 2*sha256.Size, "outside of a batch")
}

func TestRenderSendsASharedBodyOnce(t *testing.T) {
	t.Parallel()
	made := 0
	c, _ := serveAdapter(t, &testAdapter{render: func(_ context.Context, d *Delivery) (*Request, error) {
		require.Equal(t, 3, d.Attempt)
		require.True(t, d.Time.Equal(time.Unix(100, 0)))
		require.True(t, d.Verbatim)
		body, err := d.SharedBody(func() ([]byte, error) { made++; return append([]byte("body of "), d.Event.Data...), nil })
		return &Request{Body: body, Headers: []Header{{"X-Sub", d.Subscription.ID}}}, err
	}})
	out, err := c.Render(t.Context(), renderRequest())
	require.NoError(t, err)
	require.Equal(t, 2, made)
	require.Equal(t, [][]byte{[]byte("body of zero"), []byte("body of one")}, out.GetBodies())
	for i, want := range []struct {
		body uint32
		url  string
		sub  string
	}{{0, "https://a.example/", "s0"}, {0, "https://b.example/", "s1"}, {1, "https://a.example/", "s0"}, {1, "https://b.example/", "s1"}} {
		got := out.GetResults()[i].GetRequest()
		require.Equal(t, "POST", got.GetMethod())
		require.Equal(t, want.url, got.GetUrl())
		require.Equal(t, want.body, got.GetBody())
		require.Equal(t, want.sub, got.GetHeaders()[0].GetValue())
	}
}

func TestRenderFailsOneDeliveryAlone(t *testing.T) {
	t.Parallel()
	var typedNil *Error
	tests := map[string]struct {
		render  func() (*Request, error)
		code    Code
		message string
	}{
		"panic":     {func() (*Request, error) { panic("secret detail") }, CodeInternal, "The adapter failed to render t"},
		"nothing":   {func() (*Request, error) { return nil, nil }, CodeInternal, "The adapter rendered nothing for t"},
		"typed":     {func() (*Request, error) { return nil, Errorf(CodeInvalid, "No phone") }, CodeInvalid, "No phone"},
		"other":     {func() (*Request, error) { return nil, errors.New("secret detail") }, CodeInternal, "Internal error"},
		"nil error": {func() (*Request, error) { return nil, typedNil }, CodeInternal, "Internal error"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			c, logs := serveAdapter(t, &testAdapter{render: func(context.Context, *Delivery) (*Request, error) {
				if calls++; calls == 2 {
					return test.render()
				}
				return &Request{Body: []byte("x")}, nil
			}})
			out, err := c.Render(t.Context(), renderRequest())
			require.NoError(t, err)
			require.Len(t, out.GetResults(), 4)
			got := ErrorFromProto(out.GetResults()[1].GetError())
			require.Equal(t, test.code, got.Code)
			require.Equal(t, test.message, got.Message)
			for _, i := range []int{0, 2, 3} {
				require.NotNil(t, out.GetResults()[i].GetRequest())
			}
			if name == "panic" || name == "other" {
				require.Contains(t, logs.String(), "secret detail")
			}
		})
	}
}

func TestRenderRefusesIndexesOfNothing(t *testing.T) {
	t.Parallel()
	c, _ := serveAdapter(t, &testAdapter{})
	for _, d := range []*adapterv1.RenderDelivery{{Event: 2}, {Subscription: 2}, {Event: 1<<32 - 1}} {
		in := renderRequest()
		in.Deliveries[3] = d
		_, err := c.Render(t.Context(), in)
		require.Equal(t, codes.InvalidArgument, status.Code(err))
		require.Contains(t, err.Error(), "delivery 3")
	}
}

func TestRenderStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(&testAdapter{render: func(context.Context, *Delivery) (*Request, error) {
		cancel()
		return &Request{}, nil
	}}, nil)
	_, err := s.Render(ctx, renderRequest())
	require.Equal(t, codes.Canceled, status.Code(err))
}

func TestEmptyBodiesDoNotMix(t *testing.T) {
	t.Parallel()
	buffer := []byte("shared")
	bodies := [][]byte{nil, buffer, buffer[:3], {}, buffer}
	i := -1
	c, _ := serveAdapter(t, &testAdapter{render: func(context.Context, *Delivery) (*Request, error) {
		i++
		return &Request{Body: bodies[i]}, nil
	}})
	in := renderRequest()
	in.Deliveries = append(in.Deliveries, in.GetDeliveries()[0])
	out, err := c.Render(t.Context(), in)
	require.NoError(t, err)
	for i, r := range out.GetResults() {
		require.Equal(t, string(bodies[i]), string(out.GetBodies()[r.GetRequest().GetBody()]))
	}
}
