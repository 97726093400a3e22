package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Bird's filters see the status that a canonical event says by its type alone.
func TestBirdFiltersSeeTheStatusOfAType(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", "SWITCHHOOK_EGRESS_RESOLVE=example.com:443=127.0.0.1:1") // nobody listens
	subscribe := func(event, key, value string) string {
		body := fmt.Sprintf(`{"service":"channels","event":%q,"url":"https://example.com/","eventFilters":[{"key":%q,"value":%q}]}`, event, key, value)
		made := g.do("POST", birdWorkspace+"/webhook-subscriptions", body, birdHeaders...)
		made.requireStatus(t, http.StatusCreated)
		var out struct{ ID string }
		made.decode(t, &out)
		return out.ID
	}
	ids := map[string]string{
		subscribe("sms.outbound", "messageStatus", "delivered"): "message delivered",
		subscribe("sms.outbound", "messageStatus", "read"):      "message read",
		subscribe("voice.inbound", "status", "completed"):       "call completed",
		subscribe("voice.inbound", "status", "busy"):            "call busy",
		g.subscribe("standard", "https://example.com/", "*"):    "all",
	}
	for _, c := range []struct{ eventType, data, want string }{
		{"message.delivered", `{"id":"m"}`, "message delivered"},
		{"message.read", `{"id":"m"}`, "message read"},
		{"message.sent", `{"id":"m"}`, ""},
		{"call.ended", `{"id":"c","direction":"inbound"}`, "call completed"},
		{"call.failed", `{"id":"c","direction":"inbound","reason":"busy"}`, "call busy"},
		{"call.failed", `{"id":"c","direction":"inbound"}`, ""},
	} {
		var accepted struct{ ID string }
		body := fmt.Sprintf(`{"type":%q,"platform":"sms","data":%s}`, c.eventType, c.data)
		g.unified(http.StatusAccepted, "POST", "/v1/events", body).decode(t, &accepted)
		// All deliveries of an event are made in one transaction, so once there is
		// that of the subscription to everything, there are the others.
		var got []delivery
		require.Eventually(t, func() bool {
			got = g.deliveries("event_id=" + accepted.ID)
			return len(got) > 0
		}, patience, 20*time.Millisecond)
		want := []string{"all"}
		if c.want != "" {
			want = append(want, c.want)
		}
		var have []string
		for _, d := range got {
			have = append(have, ids[d.SubscriptionID])
		}
		require.ElementsMatch(t, want, have, "%s %s", c.eventType, c.data)
	}
}
