package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

// canonicalTypes reach every subscriber of subscribeSigned once.
var canonicalTypes = []string{"message.received", "agent.presence_changed", "bot.webhook_called"}

// verbatim is, for each provider, a type whose data reaches its subscriber as it
// was published, and the member of the body that has it; "" is the body itself.
var verbatim = map[string]struct{ eventType, member string }{
	"callbell": {"callbell.message_created", "payload"},
	"chatbot":  {"chatbot.webhook_called", ""},
	"bird":     {"bird.sms.inbound", "payload"},
	"whatsapp": {"whatsapp.message.received", "data"},
	"vonage":   {"vonage.agent.presencechanged.v1", "data"},
	"standard": {"order.placed", "data"},
}

// awkward is data that a signer, an encoder or a buffer might get wrong.
var awkward = `{ "text":"` + strings.Repeat(`naïve ☃ 𝄞 <b>&amp;</b> \u00e9 \/ `+"\u2028", 4<<10) + `", "n": 1.0}`

// What a subscriber of each provider gets is accepted by code that is not ours,
// at the first attempt and, signed afresh, at the next; and refused when anything
// that the signature covers is changed.
func TestSignaturesAreVerifiedByOthers(t *testing.T) {
	t.Parallel()
	requireVerifiers(t)
	r := newSignedReceiver(t)
	g := startGateway(t, "", r.env...)
	subscribers := subscribeSigned(t, g)

	retryEach(t, g, publishCanonical(t, g), r.waitEach(t, subscribers, 1))
	r.waitEach(t, subscribers, 2)
	for _, v := range verbatim {
		g.publish(v.eventType, awkward)
	}
	captures := r.waitEach(t, subscribers, 3)

	for i, v := range runVerifiers(t, captures) {
		c := captures[i]
		require.True(t, v.OK, "%s %d: %s", c.URL, c.attempt, v.Error)
		if c.attempt == 3 {
			requireAwkward(t, c, v.Parsed)
		} else if c.Provider == "whatsapp" {
			require.True(t, v.Stringified, "the documentation's verifier for Node.js refuses %s", c.Body)
		}
		if c.attempt == 2 {
			requireSignedAfresh(t, captures[i-1], c)
		}
		requireGoLibraries(t, c)
	}
	requireTamperedRefused(t, captures)
}

// publishCanonical publishes one event of each canonical type and returns the ids.
func publishCanonical(t *testing.T, g *gateway) (ids []string) {
	t.Helper()
	examples := canonicalExamples(t)
	for _, eventType := range canonicalTypes {
		var out struct{ ID string }
		g.unified(http.StatusAccepted, "POST", "/v1/events",
			fmt.Sprintf(`{"type":%q,"platform":"sms","deviceid":"d1","data":%s}`, eventType, examples[eventType])).decode(t, &out)
		ids = append(ids, out.ID)
	}
	return ids
}

// retryEach makes every delivery of the events due again, in another second than
// the first attempts were signed in.
func retryEach(t *testing.T, g *gateway, events []string, first []capture) {
	t.Helper()
	var waiting []delivery
	require.Eventually(t, func() bool {
		waiting = nil
		for _, id := range events {
			for _, d := range g.deliveries("event_id=" + id) {
				if d.Status == "retrying" || d.Status == "dead" { // an hour is more than some policies give
					waiting = append(waiting, d)
				}
			}
		}
		return len(waiting) == len(first)
	}, patience, 20*time.Millisecond, "the first attempts are not recorded: %v", &waiting)
	signed := time.Now().Unix()
	require.Eventually(t, func() bool { return time.Now().Unix() > signed }, patience, 20*time.Millisecond)
	for _, d := range waiting {
		g.unified(http.StatusAccepted, "POST", "/v1/deliveries/"+d.ID+"/retry", "")
	}
}

// requireAwkward checks that the data came through byte for byte, and as the
// verifier parsed it.
func requireAwkward(t *testing.T, c capture, parsed json.RawMessage) {
	t.Helper()
	require.True(t, bytes.Contains(c.Body, []byte(awkward)), "%s: the data's bytes are not those published", c.Provider)
	if member := verbatim[c.Provider].member; member != "" {
		var body map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(parsed, &body))
		parsed = body[member]
	}
	var want, got any
	require.NoError(t, json.Unmarshal([]byte(awkward), &want))
	require.NoError(t, json.Unmarshal(parsed, &got))
	require.True(t, reflect.DeepEqual(want, got), "%s: the verifier reads other data than was published", c.Provider)
}

// requireSignedAfresh checks the second attempt against the first: the same body,
// under a signature of its own where the signature has a time.
func requireSignedAfresh(t *testing.T, first, second capture) {
	t.Helper()
	require.Equal(t, first.URL, second.URL)
	require.Equal(t, string(first.Body), string(second.Body))
	if name := signatureHeaders[first.Provider]; name != "" && first.Provider != "whatsapp" {
		require.NotEqual(t, first.header().Get(name), second.header().Get(name), first.Provider)
	}
}

// requireGoLibraries checks with the Go libraries what these can read.
func requireGoLibraries(t *testing.T, c capture) {
	t.Helper()
	if c.Provider == "standard" {
		verifier, err := standardwebhooks.NewWebhook(c.Secret)
		require.NoError(t, err)
		require.NoError(t, verifier.Verify(c.Body, c.header()))
	}
	if c.Provider == "standard" || c.Provider == "vonage" {
		req, err := http.NewRequestWithContext(t.Context(), c.Method, c.URL, bytes.NewReader(c.Body))
		require.NoError(t, err)
		req.Header = c.header()
		event, err := cloudevents.NewEventFromHTTPRequest(req)
		require.NoError(t, err)
		require.NoError(t, event.Validate())
		require.Equal(t, cloudevents.VersionV1, event.SpecVersion())
		require.True(t, json.Valid(event.Data()))
	}
}
