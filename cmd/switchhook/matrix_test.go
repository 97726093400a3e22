package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// matrix is what each vendor calls each canonical type, for an event of platform
// whatsapp; a vendor that is not named has no such event. standard has them all.
var matrix = map[string]map[string]string{
	"message.received":        {"callbell": "message_created", "bird": "whatsapp.inbound", "whatsapp": "message.received"},
	"message.sent":            {"callbell": "message_created", "bird": "whatsapp.outbound"},
	"message.delivered":       {"callbell": "message_status_updated", "bird": "whatsapp.outbound", "whatsapp": "message.delivered"},
	"message.read":            {"callbell": "message_status_updated", "bird": "whatsapp.outbound", "whatsapp": "message.read"},
	"message.failed":          {"callbell": "message_status_updated", "bird": "whatsapp.outbound"},
	"message.interaction":     {"bird": "whatsapp.interaction"},
	"contact.created":         {"callbell": "contact_created"},
	"contact.updated":         {"callbell": "contact_updated", "whatsapp": "contact.update"},
	"contact.deleted":         {"callbell": "contact_deleted"},
	"conversation.created":    {"callbell": "conversation_opened", "bird": "conversation.created"},
	"conversation.updated":    {"bird": "conversation.updated"},
	"conversation.closed":     {"callbell": "conversation_closed", "bird": "conversation.deleted"},
	"agent.presence_changed":  {"callbell": "agent_status_updated", "vonage": "agent.presencechanged.v1"},
	"agent.session_changed":   {"callbell": "agent_session_updated"},
	"team.membership_changed": {"callbell": "team_membership_updated"},
	"call.alerted":            {"whatsapp": "call.offer", "vonage": "channel.alerted.v1"},
	"call.connected":          {"whatsapp": "call.accept", "vonage": "channel.connected.v1"},
	"call.held":               {"vonage": "channel.held.v1"},
	"call.retrieved":          {"vonage": "channel.retrieved.v1"},
	"call.resumed":            {"vonage": "channel.resumed.v1"},
	"call.disconnected":       {"vonage": "channel.disconnected.v1"},
	"call.ended":              {"bird": "voice.inbound", "whatsapp": "call.terminate", "vonage": "channel.ended.v1"},
	"call.failed":             {"bird": "voice.inbound", "vonage": "channel.connectionfailed.v1"},
	"connection.connected":    {"whatsapp": "connection.connected"},
	"connection.disconnected": {"whatsapp": "connection.disconnected"},
	"connection.logged_out":   {"whatsapp": "connection.logged_out"},
	"bot.webhook_called":      {"chatbot": "webhook_called"},
}

// Each canonical event reaches each vendor that has it, under its own name, and
// no other, whatever wildcard its subscribers have.
func TestMatrix(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.Query().Get("challenge")))
	}))
	t.Cleanup(srv.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600))
	g := startGateway(t, "", "SWITCHHOOK_EGRESS_CA="+ca,
		"SWITCHHOOK_EGRESS_RESOLVE=example.com:443="+strings.TrimPrefix(srv.URL, "https://"))
	subscribeEverywhere(t, g)
	for eventType, data := range canonicalExamples(t) {
		t.Run(eventType, func(t *testing.T) {
			want := []string{"standard " + eventType}
			for vendor, native := range matrix[eventType] {
				want = append(want, vendor+" "+native)
			}
			slices.Sort(want)
			body := fmt.Sprintf(`{"type":%q,"platform":"whatsapp","deviceid":"d1","data":%s}`, eventType, data)
			var accepted struct{ ID string }
			g.unified(http.StatusAccepted, "POST", "/v1/events", body).decode(t, &accepted)
			var got []string
			require.Eventually(t, func() bool {
				got = g.delivered(t, accepted.ID)
				return len(got) >= len(want)
			}, patience, 20*time.Millisecond, "have %v, want %v", &got, want)
			require.Equal(t, want, got)
		})
	}
}

// subscribeEverywhere takes every event of every vendor.
func subscribeEverywhere(t *testing.T, g *gateway) {
	t.Helper()
	const url = "https://example.com/hook"
	g.subscribe("standard", url, "*")
	names := func(vendor string) (list []string) {
		var p struct {
			EventTypes []struct{ Name string } `json:"event_types"`
		}
		g.unified(http.StatusOK, "GET", "/v1/providers/"+vendor, "").decode(t, &p)
		for _, e := range p.EventTypes {
			list = append(list, e.Name)
		}
		return list
	}
	all, err := json.Marshal(names("callbell"))
	require.NoError(t, err)
	g.do("POST", "/callbell/v1/webhooks/subscribe", fmt.Sprintf(`{"url":%q,"subscriptions":%s}`, url, all), callbellHeaders...).
		requireStatus(t, http.StatusOK)
	g.do("POST", "/vonage/webhooks/subscriptions", fmt.Sprintf(`{"name":"all","url":%q,"events":["*"]}`, url), vonageHeaders...).
		requireStatus(t, http.StatusOK)
	g.do("POST", "/chatbot/webhooks", fmt.Sprintf(`{"name":"all","url":%q}`, url), callbellHeaders...).requireStatus(t, http.StatusOK)
	g.do("POST", "/whatsapp/webhooks", fmt.Sprintf(`{"url":%q}`, url), whatsappHeaders...).requireStatus(t, http.StatusCreated)
	for _, event := range []string{
		"whatsapp.inbound", "whatsapp.outbound", "whatsapp.interaction", "voice.inbound", "voice.outbound",
		"conversation.created", "conversation.updated", "conversation.deleted",
	} {
		service := "channels"
		if strings.HasPrefix(event, "conversation.") {
			service = "conversations"
		}
		body := fmt.Sprintf(`{"service":%q,"event":%q,"url":%q}`, service, event, url)
		g.do("POST", birdWorkspace+"/webhook-subscriptions", body, birdHeaders...).requireStatus(t, http.StatusCreated)
	}
}

// delivered lists the providers and native types under which an event arrived.
func (g *gateway) delivered(t *testing.T, eventID string) (got []string) {
	t.Helper()
	var list struct {
		Items []struct {
			Provider  string
			EventType string `json:"event_type"`
			Status    string
			Attempts  []struct{ Error string }
		}
	}
	g.unified(http.StatusOK, "GET", "/v1/deliveries?event_id="+eventID, "").decode(t, &list)
	for _, d := range list.Items {
		require.NotEqual(t, "dead", d.Status, "%s %s: %v", d.Provider, d.EventType, d.Attempts)
		if d.Status == "delivered" {
			got = append(got, d.Provider+" "+d.EventType)
		}
	}
	slices.Sort(got)
	return got
}

// canonicalExamples reads each canonical type's example from openapi/events.yaml.
func canonicalExamples(t *testing.T) map[string]string {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../openapi/events.yaml")
	require.NoError(t, err)
	out := map[string]string{}
	for eventType, ref := range doc.Extensions["x-event-types"].(map[string]any) {
		schema := doc.Components.Schemas[strings.TrimPrefix(ref.(string), "#/components/schemas/")]
		data, err := json.Marshal(schema.Value.Example)
		require.NoError(t, err)
		out[eventType] = string(data)
	}
	for eventType := range matrix {
		require.Contains(t, out, eventType, "the canonical type has no schema")
	}
	return out
}
