package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

// rotating is a subscription whose secret changes.
type rotating struct {
	t    *testing.T
	g    *gateway
	r    *signedReceiver
	id   string
	path string
	seen int
}

// key is what the subscriber verifies with: the secret, or the public key.
func key(t *testing.T, a answer) (id, key string) {
	t.Helper()
	var made struct {
		ID, Secret string
		Settings   struct {
			Public string `json:"public_key"`
		}
	}
	a.decode(t, &made)
	if made.Settings.Public != "" {
		return made.ID, made.Settings.Public
	}
	return made.ID, made.Secret
}

func (s *rotating) rotate(body string) string {
	_, secret := key(s.t, s.g.unified(http.StatusOK, "POST", "/v1/subscriptions/"+s.id+"/secret", body))
	return secret
}

// next is a delivery that is made now, verified with each key.
func (s *rotating) next(keys ...string) (captures []capture) {
	s.t.Helper()
	s.g.publish("order.placed", `{"n":1}`)
	s.seen++
	c := s.r.waitEach(s.t, []subscriber{{provider: "standard", path: s.path}}, s.seen)[s.seen-1]
	for _, key := range keys {
		c.Secret = key
		captures = append(captures, c)
	}
	return captures
}

// During an overlap a delivery is accepted with the old and with the new secret, by
// code that is not ours; before it with the old one alone, after it with the new.
func TestSignaturesOverlapInARotation(t *testing.T) {
	t.Parallel()
	requireVerifiers(t)
	r := newSignedReceiver(t)
	g := startGateway(t, "", r.env...)
	for _, scheme := range []string{"v1", "v1a"} {
		s := &rotating{t: t, g: g, r: r, path: "/" + scheme}
		var first string
		s.id, first = key(t, g.unified(http.StatusCreated, "POST", "/v1/subscriptions",
			fmt.Sprintf(`{"url":%q,"events":["order.placed"],"settings":{"signature":%q}}`, "https://example.com"+s.path, scheme)))
		require.True(t, strings.HasPrefix(first, map[string]string{"v1": "whsec_", "v1a": "whpk_"}[scheme]), first)

		single := s.next(first)
		second := s.rotate(`{"overlap_seconds":3600}`)
		require.NotEqual(t, first, second)
		both := s.next(first, second)
		third := s.rotate(``)
		again := s.next(second, third)
		fourth := s.rotate(`{"overlap_seconds":0}`)
		last := s.next(fourth)

		accepted := slices.Concat(single, both, again, last)
		for i, v := range runVerifiers(t, accepted) {
			require.True(t, v.OK, "%s %d: %s", scheme, i, v.Error)
			requireGoVerifies(t, accepted[i], true)
		}
		requireTamperedRefused(t, slices.Concat(single, last))
		refused := []capture{single[0], again[0], last[0]}
		refused[0].Secret, refused[1].Secret, refused[2].Secret = second, first, third
		for i, v := range runVerifiers(t, refused) {
			require.False(t, v.OK, "%s: a secret that is not valid then is accepted: %d", scheme, i)
			requireGoVerifies(t, refused[i], false)
		}
		stopReceiving(g, s.id)
	}
}

// stopReceiving keeps a subscription from the events of the next one's test.
func stopReceiving(g *gateway, id string) {
	g.unified(http.StatusOK, "PATCH", "/v1/subscriptions/"+id, `{"enabled":false,"disabled_reason":"done"}`)
}

// requireGoVerifies asks the Go library, which knows v1 alone.
func requireGoVerifies(t *testing.T, c capture, want bool) {
	t.Helper()
	if !strings.HasPrefix(c.Secret, "whsec_") {
		return
	}
	verifier, err := standardwebhooks.NewWebhook(c.Secret)
	require.NoError(t, err)
	require.Equal(t, want, verifier.Verify(c.Body, c.header()) == nil)
}

// A test event is signed and sent as every other, to one subscription alone.
func TestSignatureOfATestEvent(t *testing.T) {
	t.Parallel()
	requireVerifiers(t)
	r := newSignedReceiver(t)
	g := startGateway(t, "", r.env...)
	subscribe := func(path string) (id, secret string) {
		return key(t, g.unified(http.StatusCreated, "POST", "/v1/subscriptions",
			fmt.Sprintf(`{"url":"https://example.com%s","events":["order.placed"]}`, path)))
	}
	id, secret := subscribe("/tested")
	subscribe("/other")
	var tested struct {
		Event    string `json:"event_id"`
		Delivery string `json:"delivery_id"`
	}
	g.unified(http.StatusAccepted, "POST", "/v1/subscriptions/"+id+"/test", `{"type":"not.subscribed"}`).decode(t, &tested)
	got := r.waitEach(t, []subscriber{{provider: "standard", path: "/tested", secret: secret}}, 1)
	verdict := runVerifiers(t, got)[0]
	require.True(t, verdict.OK, verdict.Error)
	var event struct{ Type, Source string }
	require.NoError(t, json.Unmarshal(verdict.Parsed, &event))
	require.Equal(t, "not.subscribed", event.Type)
	require.Equal(t, "/switchhook/test", event.Source)
	d := g.waitDelivery(tested.Event, "retrying") // this receiver refuses each first delivery
	require.Equal(t, tested.Delivery, d.ID)
	require.Len(t, g.deliveries("event_id="+tested.Event), 1, "nobody else gets it")
}
