package main

import (
	"fmt"
	"net/http"
	"slices"
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
	got := func(eventID string) (names []string) {
		for _, d := range g.deliveries("event_id=" + eventID) {
			names = append(names, ids[d.SubscriptionID])
		}
		slices.Sort(names)
		return names
	}
	want := map[string][]string{}
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
		want[accepted.ID] = []string{"all"}
		if c.want != "" {
			want[accepted.ID] = append(want[accepted.ID], c.want)
		}
		require.Eventually(t, func() bool { return slices.Equal(want[accepted.ID], got(accepted.ID)) },
			patience, 20*time.Millisecond, "%s %s", c.eventType, c.data)
	}
	for id, names := range want {
		require.Equal(t, names, got(id), "nothing comes after it")
	}
}
