package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	chatbotCreate = `
{
"name": "Webhook name",
"url": "https://example.com",
"token": "",
"headers": [],
"auth": {}
}
`
	birdWorkspace = "/bird/organizations/823fbfaf-f14e-4693-b55a-8ec1c17d649e/workspaces/a1405560-c8d3-4b1a-877d-3f449ad95352"
	birdCreate    = `{"service":"channels","event":"sms.outbound","url":"https://example.com/webhook",
"signingKey":"KeV+/HGoIQrxuE5YPCRR6AuQOJveldYNNhbVi1i22qk="}`
	whatsappCreate = `{"url":"https://your-server.com/webhook","secret":"string","events":["message.received","connection.connected"]}`
)

var (
	birdHeaders     = []string{"Authorization: AccessKey " + operatorKey, "Accept: application/json", "Content-Type: application/json"}
	whatsappHeaders = []string{"Authorization: " + operatorKey, "Content-Type: application/json"} // no word, as the documentation's curl
)

func TestChatbotLifecycle(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	var made, again struct{ ID string }
	a := g.do("POST", "/chatbot/webhooks", chatbotCreate, callbellHeaders...)
	a.requireStatus(t, http.StatusOK)
	a.decode(t, &made)
	one := "/chatbot/webhooks/" + made.ID
	var got map[string]json.RawMessage
	g.do("GET", one, "", callbellHeaders...).decode(t, &got)
	require.JSONEq(t, `{"username":"","password":""}`, string(got["auth"]))
	require.JSONEq(t, `[]`, string(got["headers"]))
	require.JSONEq(t, `""`, string(got["token"]))

	g.do("PUT", one, chatbotCreate, callbellHeaders...).decode(t, &again)
	require.Equal(t, made.ID, again.ID)
	g.do("DELETE", one, "", callbellHeaders...).requireStatus(t, http.StatusOK)
	a = g.do("GET", one, "", callbellHeaders...)
	a.requireStatus(t, http.StatusNotFound)
	require.Contains(t, string(a.body), `"code":404`)
}

func TestBirdLifecycle(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	var made map[string]any
	a := g.do("POST", birdWorkspace+"/webhook-subscriptions", birdCreate, birdHeaders...)
	a.requireStatus(t, http.StatusCreated)
	a.decode(t, &made)
	require.Equal(t, "active", made["status"])
	require.Equal(t, "823fbfaf-f14e-4693-b55a-8ec1c17d649e", made["organizationId"])
	require.Equal(t, "KeV+/HGoIQrxuE5YPCRR6AuQOJveldYNNhbVi1i22qk=", made["signingKey"])
	id := made["id"].(string)
	for _, w := range []string{birdWorkspace, "/bird/workspaces/a1405560-c8d3-4b1a-877d-3f449ad95352"} {
		var got map[string]any
		a := g.do("GET", w+"/webhook-subscriptions/"+id, "", birdHeaders...)
		a.requireStatus(t, http.StatusOK)
		a.decode(t, &got)
		require.NotContains(t, got, "signingKey")
	}
	g.do("PATCH", birdWorkspace+"/webhook-subscriptions/"+id, `{"status":"inactive"}`, birdHeaders...).requireStatus(t, http.StatusOK)
	a = g.do("POST", birdWorkspace+"/webhook-subscriptions", `{"service":"channels","event":"sms.outbound","url":"http://example.com"}`, birdHeaders...)
	a.requireStatus(t, http.StatusUnprocessableEntity)
	require.Contains(t, string(a.body), `"InvalidPayload"`)
	require.Contains(t, string(a.body), `.body.url`)
	for i := range 5 {
		body := fmt.Sprintf(`{"service":"channels","event":"sms.inbound","url":"https://example.com/%d"}`, i)
		g.do("POST", birdWorkspace+"/webhook-subscriptions", body, birdHeaders...).requireStatus(t, http.StatusCreated)
	}
	a = g.do("POST", birdWorkspace+"/webhook-subscriptions", `{"service":"channels","event":"sms.inbound","url":"https://example.com/6"}`, birdHeaders...)
	a.requireStatus(t, http.StatusUnprocessableEntity)
	require.Contains(t, string(a.body), `"LimitExceeded"`)
	g.do("DELETE", birdWorkspace+"/webhook-subscriptions/"+id, "", birdHeaders...).requireStatus(t, http.StatusNoContent)
	g.do("GET", "/bird/workspaces/a1405560-c8d3-4b1a-877d-3f449ad95352/available-webhooks?service=channels", "", birdHeaders...).
		requireStatus(t, http.StatusOK)
}

func TestWhatsappLifecycle(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", "SWITCHHOOK_EGRESS_RESOLVE=your-server.com:443=127.0.0.1:1")
	g.do("POST", "/whatsapp/webhooks", whatsappCreate, whatsappHeaders...).requireStatus(t, http.StatusCreated)
	for i := range 4 {
		g.do("POST", "/whatsapp/webhooks", fmt.Sprintf(`{"url":"https://your-server.com/%d"}`, i), whatsappHeaders...).requireStatus(t, http.StatusCreated)
	}
	a := g.do("POST", "/whatsapp/webhooks", whatsappCreate, whatsappHeaders...)
	a.requireStatus(t, http.StatusBadRequest)
	require.Contains(t, string(a.body), "5")

	g.do("PATCH", "/whatsapp/webhooks/1", `{"active":false}`, whatsappHeaders...).requireStatus(t, http.StatusOK)
	g.do("POST", "/whatsapp/webhooks/2/test", "", whatsappHeaders...).requireStatus(t, http.StatusOK)
	require.Eventually(t, func() bool {
		list := g.deliveries("event_type=test.ping")
		return len(list) == 1 && len(list[0].Attempts) > 0
	}, patience, 20e6)
	g.do("GET", "/whatsapp/webhooks/2/logs", "", whatsappHeaders...).requireStatus(t, http.StatusOK)
	g.do("DELETE", "/whatsapp/webhooks/1", "", whatsappHeaders...).requireStatus(t, http.StatusOK)
	g.do("GET", "/whatsapp/webhooks/1", "", whatsappHeaders...).requireStatus(t, http.StatusNotFound)
}
