package delivery

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/egress/bearer"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// change changes the test's one subscription, as another node would.
func (f *fakeSubscriptions) change(id uuid.UUID, fn func(*subscription.Subscription)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.all {
		if f.all[i].ID == id {
			fn(&f.all[i])
			f.all[i].Version++
		}
	}
}

// withOptions subscribes with options.
func (b *bundle) withOptions(t testing.TB, o subscription.Options) uuid.UUID {
	t.Helper()
	id := b.subscribe(t)
	b.subs.change(id, func(s *subscription.Subscription) { s.Options = o })
	b.engine.Snapshots.Invalidate(b.account)
	return id
}

func TestEngineKeepsASubscriptionsOwnPolicy(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	b.withOptions(t, subscription.Options{Delivery: subscription.DeliveryOptions{
		Timeout: 250 * time.Millisecond, Schedule: []time.Duration{7 * time.Second}, NoTraceParent: true,
	}})
	b.answer = func(_ context.Context, r egress.Request) (egress.Response, error) {
		if r.Timeout != 250*time.Millisecond || r.Header.Get("Traceparent") != "" {
			return egress.Response{}, fmt.Errorf("timeout %s, traceparent %q", r.Timeout, r.Header.Get("Traceparent"))
		}
		return egress.Response{}, &egress.Error{Kind: egress.KindTimeout, Text: "timed out"}
	}
	b.run(t)
	b.publish(t)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 1 }, patience, time.Millisecond)
	o := b.recorder.all()[0]
	require.Equal(t, "timeout of 250ms exceeded", o.Attempt.Error)
	require.Equal(t, sdk.DeliveryRetrying, o.Delivery.Status)
	require.Equal(t, 7*time.Second, o.Delivery.DueAt.Sub(o.Delivery.UpdatedAt))
}

func TestEngineChangesTheBoundsOfWhatWaits(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	id := b.withOptions(t, subscription.Options{Delivery: subscription.DeliveryOptions{MaxInFlight: 1}})
	release, started := make(chan struct{}), make(chan struct{}, 100)
	b.answer = func(context.Context, egress.Request) (egress.Response, error) {
		started <- struct{}{}
		<-release
		return egress.Response{Status: http.StatusOK}, nil
	}
	b.run(t)
	for range 6 {
		b.publish(t)
	}
	<-started
	require.Never(t, func() bool { return len(started) > 0 }, 50*time.Millisecond, 5*time.Millisecond, "one at a time")
	b.subs.change(id, func(s *subscription.Subscription) { s.Options = subscription.Options{} })
	b.engine.Snapshots.Invalidate(b.account)
	select {
	case <-started: // although nothing new came, and none ended
	case <-time.After(patience):
		require.Fail(t, "the bound did not change")
	}
	close(release)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 6 }, patience, time.Millisecond)
}

// What waits in memory goes out as its subscription is by then.
func TestEngineSendsWhatWaitedAsTheSubscriptionIsNow(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	var late atomic.Int64
	b.engine.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	id := b.withOptions(t, subscription.Options{Delivery: subscription.DeliveryOptions{MaxInFlight: 1}})
	release, sent := make(chan struct{}), make(chan string, 10)
	b.answer = func(_ context.Context, r egress.Request) (egress.Response, error) {
		sent <- r.URL + " " + r.Header.Get("Authorization")
		<-release
		return egress.Response{Status: http.StatusOK}, nil
	}
	b.run(t)
	b.publish(t)
	b.publish(t)
	require.Equal(t, "https://example.com/"+id.String()+" ", <-sent)
	b.subs.change(id, func(s *subscription.Subscription) {
		s.URL = "https://example.com/new"
		s.Options.Auth.Basic = &subscription.BasicAuth{Username: "u", Password: "p"}
	})
	b.engine.Snapshots.Invalidate(b.account)
	require.Eventually(t, func() bool { return len(b.engine.gates.Waiting()) == 1 }, patience, time.Millisecond)
	late.Store(int64(2 * time.Second))
	close(release)
	require.Equal(t, "https://example.com/new Basic dTpw", <-sent)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 2 }, patience, time.Millisecond)
}

func TestEngineAuthenticates(t *testing.T) {
	t.Parallel()
	const tokenURL = "https://auth.example.com/token"
	oauth := subscription.Auth{OAuth2: &subscription.OAuth2{TokenURL: tokenURL, ClientID: "id", ClientSecret: "CLIENT-SECRET"}}
	for name, c := range map[string]struct {
		auth subscription.Auth
		// refused is how many of the first requests are answered 401.
		refused int
		// tokens is what the token server answers.
		tokens func(n int) egress.Response
		want   []string
		fails  string
	}{
		"basic": {
			auth: subscription.Auth{Basic: &subscription.BasicAuth{Username: "Aladdin", Password: "open sesame"}},
			want: []string{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		},
		"a refused password is not sent again": {
			auth:    subscription.Auth{Basic: &subscription.BasicAuth{Username: "Aladdin", Password: "open sesame"}},
			refused: 1, want: []string{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, fails: "HTTP 401 Unauthorized",
		},
		"a token": {auth: oauth, tokens: token, want: []string{"Bearer t1"}},
		"no token": {
			auth: oauth, tokens: func(int) egress.Response {
				return egress.Response{Status: 401, Body: []byte(`{"error":"invalid_client","error_description":"CLIENT-SECRET"}`)}
			},
			fails: "the token server answered 401 Unauthorized (invalid_client)",
		},
		"a token that has just come is not replaced": {auth: oauth, tokens: token, refused: 1, want: []string{"Bearer t1"}, fails: "HTTP 401 Unauthorized"},
		"an unreadable certificate": {
			auth:  subscription.Auth{MTLS: &subscription.ClientCertificate{Certificate: "x", PrivateKey: "PRIVATE"}},
			fails: "the private key does not belong to the certificate",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, Config{})
			b.withOptions(t, subscription.Options{Auth: c.auth})
			var mu sync.Mutex
			var got []string
			asked := 0
			b.answer = func(_ context.Context, r egress.Request) (egress.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				if r.URL == tokenURL {
					asked++
					return c.tokens(asked), nil
				}
				got = append(got, strings.Join(r.Header["Authorization"], "|"))
				if len(got) <= c.refused {
					return egress.Response{Status: http.StatusUnauthorized}, nil
				}
				return egress.Response{Status: http.StatusOK}, nil
			}
			b.run(t)
			b.publish(t)
			require.Eventually(t, func() bool { return len(b.recorder.all()) == 1 }, patience, time.Millisecond)
			o := b.recorder.all()[0]
			require.Equal(t, c.fails, o.Attempt.Error)
			require.Equal(t, c.want, got)
			require.NotContains(t, fmt.Sprintf("%+v", o), "CLIENT-SECRET")
		})
	}
}

func token(n int) egress.Response {
	return egress.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: fmt.Appendf(nil, `{"access_token":"t%d","token_type":"Bearer","expires_in":3600}`, n)}
}

// A token that the subscriber took before, and takes no longer, is replaced within
// the same attempt.
func TestEngineReplacesATokenOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	b.withOptions(t, subscription.Options{Auth: subscription.Auth{OAuth2: &subscription.OAuth2{TokenURL: "https://auth.example.com/", ClientID: "id", ClientSecret: "s"}}})
	var mu sync.Mutex
	valid, asked := "Bearer t1", 0
	b.answer = func(_ context.Context, r egress.Request) (egress.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL == "https://auth.example.com/" {
			asked++
			return token(asked), nil
		}
		if r.Header.Get("Authorization") != valid {
			return egress.Response{Status: http.StatusUnauthorized}, nil
		}
		return egress.Response{Status: http.StatusOK}, nil
	}
	clock := time.Now()
	b.engine.tokens = bearer.New[gate.Key](b, func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return clock
	})
	b.run(t)
	b.publish(t)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 1 }, patience, time.Millisecond)
	mu.Lock()
	valid, clock = "Bearer t2", clock.Add(time.Minute)
	mu.Unlock()
	b.publish(t)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 2 }, patience, time.Millisecond)
	for _, o := range b.recorder.all() {
		require.Equal(t, sdk.DeliveryDelivered, o.Delivery.Status, o.Attempt.Error)
	}
	require.Equal(t, 2, asked)
}
