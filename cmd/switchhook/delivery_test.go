package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
)

const messageReceived = `{"id":"adf3d1216d4c4dcd908199d6700f2381","from":"331122334455","to":"335544332211","text":"Hello",
"channel":"whatsapp","created_at":"2022-10-18T12:06:29.000+02:00",
"contact":{"id":"eb2b914a977e4ab896e7b886698b3eac","name":"John Doe","phone_number":"331122334455","source":"whatsapp",
"tags":["Lead"],"url":"https://dash.callbell.eu/contacts/eb2b914a977e4ab896e7b886698b3eac",
"conversation_url":"https://dash.callbell.eu/chat/f3670b13446b412796238b1cd78899f9","created_at":"2022-10-12T15:57:16Z"}}`

func TestCallbellDelivery(t *testing.T) {
	t.Parallel()
	g, r := startGateway(t, ""), newReceiver(t, nil)
	g.do("POST", "/callbell/v1/webhooks/subscribe", fmt.Sprintf(`{"url":%q,"subscriptions":["message_created"]}`, r.URL), callbellHeaders...).
		requireStatus(t, http.StatusOK)
	g.publish("message.received", messageReceived)
	got := r.wait(t, 1)[0]
	require.Empty(t, got.header.Get("X-Callbell-Signature"), "unsigned until a secret is generated")

	// The vendor makes secrets in its dashboard; the unified API stands for it.
	var list struct{ Items []struct{ ID string } }
	g.unified(http.StatusOK, "GET", "/v1/subscriptions?provider=callbell", "").decode(t, &list)
	var rotated struct{ Secret string }
	g.unified(http.StatusOK, "POST", "/v1/subscriptions/"+list.Items[0].ID+"/secret", "").decode(t, &rotated)
	require.True(t, strings.HasPrefix(rotated.Secret, "whsec_"))
	id := g.publish("message.received", messageReceived)
	got = r.wait(t, 2)[1]
	ts, v1, _ := strings.Cut(strings.TrimPrefix(got.header.Get("X-Callbell-Signature"), "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(rotated.Secret))
	mac.Write([]byte(ts + "." + string(got.body)))
	require.Equal(t, hex.EncodeToString(mac.Sum(nil)), v1)

	// The vendor's own list shows both, newest first.
	g.waitDelivery(id, "delivered")
	var events struct {
		WebhookEvents []struct {
			Event   string
			Success bool
			Payload struct{ Text string }
		} `json:"webhook_events"`
	}
	g.do("GET", "/callbell/v1/webhooks/events?status=success&items=1", "", callbellHeaders...).decode(t, &events)
	require.Len(t, events.WebhookEvents, 1)
	require.Equal(t, "message_created", events.WebhookEvents[0].Event)
	require.Equal(t, "Hello", events.WebhookEvents[0].Payload.Text)
	require.True(t, events.WebhookEvents[0].Success)
}

func TestVonageDelivery(t *testing.T) {
	t.Parallel()
	g, r := startGateway(t, ""), newReceiver(t, nil)
	g.do("POST", "/vonage/webhooks/subscriptions", fmt.Sprintf(`{"name":"both","url":%q,"events":["agent.*"],"secret":%q}`, r.URL, vonageSecret),
		vonageHeaders...).requireStatus(t, http.StatusOK)
	id := g.publish("agent.presence_changed",
		`{"agent":{"id":"1","user_id":"e56a3bb6"},"presence":{"id":"3bf05984","name":"Ready (Outbound)","category":{"type":"ready","name":"Ready","subcategory":"readyOutbound"}},"occurred_at":"2023-09-20T09:49:05.9464952Z"}`)
	got := r.wait(t, 1)[0]
	require.Equal(t, "application/cloudevents+json", got.header.Get("Content-Type"))
	require.Contains(t, string(got.body), `"type":"agent.presencechanged.v1"`, "of v0 and v1 that both match, the newest")
	require.Contains(t, string(got.body), `"specversion":"1.0"`)

	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(vonageSecret, "="))
	require.NoError(t, err)
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(got.header.Get("Vonage-Signature"), claims, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	require.NoError(t, err)
	hash := sha256.Sum256(got.body)
	require.Equal(t, hex.EncodeToString(hash[:]), claims["payload_hash"])
	d := g.waitDelivery(id, "delivered")
	require.Len(t, d.Attempts, 1)
	require.Equal(t, got.header.Get("Traceparent")[3:35], d.TraceID)
}

func TestWildcardDoesNotLeak(t *testing.T) {
	t.Parallel()
	g, r := startGateway(t, ""), newReceiver(t, nil)
	g.do("POST", "/vonage/webhooks/subscriptions", fmt.Sprintf(`{"name":"all","url":%q,"events":["*"]}`, r.URL), vonageHeaders...).
		requireStatus(t, http.StatusOK)
	none := g.publish("message.received", messageReceived) // Vonage has no such event
	g.publish("call.connected", `{"id":"c1","agent":{"id":"1"}}`)
	require.Contains(t, string(r.wait(t, 1)[0].body), `"channel.connected.v1"`)
	require.Empty(t, g.deliveries("event_id="+none))
}

func TestRetries(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database, fastPlugin(t))
		r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n <= 2 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		g.subscribe("fast", r.URL, "order.created")
		id := g.publish("order.created", `{"n":1}`)
		d := g.waitDelivery(id, "delivered")
		require.Len(t, d.Attempts, 3)
		for i, want := range []int{500, 500, 200} {
			require.Equal(t, i+1, d.Attempts[i].Number)
			require.Equal(t, want, d.Attempts[i].ResponseStatus)
		}
		got := r.got()
		require.Len(t, got, 3)
		for _, one := range got {
			require.Equal(t, got[0].header.Get("Webhook-Id"), one.header.Get("Webhook-Id"), "every attempt has the same event id")
			require.Equal(t, d.TraceID, one.header.Get("Traceparent")[3:35])
			require.Equal(t, got[0].body, one.body)
		}
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", fastPlugin(t))
	r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	g.subscribe("fast", r.URL, "order.created")
	g.publish("order.created", `{}`)
	got := r.wait(t, 2)
	require.GreaterOrEqual(t, got[1].at.Sub(got[0].at), time.Second, "the schedule alone would be 20 ms")
}

func TestGoneDisables(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", fastPlugin(t))
	r := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	sub := g.subscribe("fast", r.URL, "order.*")
	d := g.waitDelivery(g.publish("order.created", `{}`), "dead")
	require.Len(t, d.Attempts, 1)
	var s struct {
		Enabled        bool
		DisabledReason string `json:"disabled_reason"`
	}
	g.unified(http.StatusOK, "GET", "/v1/subscriptions/"+sub, "").decode(t, &s)
	require.False(t, s.Enabled)
	require.Contains(t, s.DisabledReason, "410")
	require.Empty(t, g.deliveries("event_id="+g.publish("order.created", `{}`)))
	require.Len(t, r.got(), 1)
}

func TestDeadThenRetriedByHand(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", fastPlugin(t))
	r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n <= 5 {
			http.Redirect(w, &http.Request{}, "http://127.0.0.1:1/elsewhere", http.StatusFound)
		}
	})
	g.subscribe("fast", r.URL, "order.created")
	id := g.publish("order.created", `{}`)
	d := g.waitDelivery(id, "dead")
	require.Len(t, d.Attempts, 5)
	require.Equal(t, http.StatusFound, d.Attempts[4].ResponseStatus, "a redirect is a failure and not followed")
	g.unified(http.StatusAccepted, "POST", "/v1/deliveries/"+d.ID+"/retry", "")
	require.Len(t, g.waitDelivery(id, "delivered").Attempts, 6)
}
