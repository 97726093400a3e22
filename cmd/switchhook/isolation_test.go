package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tenant makes an account with a key of its own and returns the token.
func (g *gateway) tenant(name string) string {
	g.t.Helper()
	g.unified(http.StatusCreated, "POST", "/v1/accounts", fmt.Sprintf(`{"name":%q}`, name))
	a := g.do("POST", "/v1/keys", `{"name":"all"}`, append([]string{"Switchhook-Account: " + name}, unifiedHeaders...)...)
	a.requireStatus(g.t, http.StatusCreated)
	var key struct{ Token string }
	a.decode(g.t, &key)
	return key.Token
}

// flavour is how a vendor's API is used in the isolation test.
type flavour struct {
	name, collection, create string
	made                     int
	headers                  []string
	// idPattern finds the id in the answer of create.
	idPattern string
	// change is a body for the flavour's way to change one, with verb.
	verb, change string
}

var lastError = regexp.MustCompile(`"error":\{[^}]*\}`)

var flavours = []flavour{
	{
		"vonage", "/vonage/webhooks/subscriptions", `{"name":"mine","url":"https://example.com/secret-of-a","events":["*"]}`,
		http.StatusOK,
		[]string{"Accept: */*"},
		`"subscriptionId":"([^"]+)"`, "PATCH", `{"enabled":false}`,
	},
	{
		"chatbot", "/chatbot/webhooks", `{"name":"mine","url":"https://example.com/secret-of-a"}`,
		http.StatusOK, nil, `"id":"([^"]+)"`, "PUT", `{"name":"b","url":"https://example.com/b"}`,
	},
	{
		"bird", birdWorkspace + "/webhook-subscriptions", `{"service":"channels","event":"sms.inbound","url":"https://example.com/secret-of-a"}`,
		http.StatusCreated, nil, `"id":"([^"]+)"`, "PATCH", `{"status":"inactive"}`,
	},
	{
		"whatsapp", "/whatsapp/webhooks", `{"url":"https://example.com/secret-of-a"}`,
		http.StatusCreated, nil, `"id":(\d+)`, "PATCH", `{"active":false}`,
	},
}

// No operation of any flavour shows, changes or counts another account's data.
func TestAccountsAreIsolated(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		a, b := g.tenant("a"), g.tenant("b")
		for _, f := range flavours {
			word := "Bearer "
			if f.name == "bird" {
				word = "AccessKey "
			}
			as := func(token string) []string {
				return append([]string{"Authorization: " + word + token, "Content-Type: application/json"}, f.headers...)
			}
			made := g.do("POST", f.collection, f.create, as(a)...)
			made.requireStatus(t, f.made)
			id := regexp.MustCompile(f.idPattern).FindStringSubmatch(string(made.body))[1]
			one := f.collection + "/" + id
			// ChatBot's verification of a new URL may fail meanwhile; that is A's own.
			read := func() string {
				return lastError.ReplaceAllString(string(g.do("GET", one, "", as(a)...).body), "")
			}
			before := read()

			require.NotContains(t, string(g.do("GET", f.collection, "", as(b)...).body), "secret-of-a", f.name)
			g.do("GET", one, "", as(b)...).requireStatus(t, http.StatusNotFound)
			g.do(f.verb, one, f.change, as(b)...).requireStatus(t, http.StatusNotFound)
			g.do("DELETE", one, "", as(b)...).requireStatus(t, http.StatusNotFound)
			require.Equal(t, before, read(), f.name)
			// What one account has does not count against another's limits or names.
			g.do("POST", f.collection, strings.ReplaceAll(f.create, "secret-of-a", "b"), as(b)...).requireStatus(t, f.made)
		}
		for _, token := range []string{a, b} {
			auth := []string{"Authorization: Bearer " + token, "Content-Type: application/json"}
			g.do("POST", "/callbell/v1/webhooks/subscribe", callbellSubscribe, auth...).requireStatus(t, http.StatusOK)
			g.do("POST", "/v1/events", `{"type":"order.created","data":{}}`, auth...).requireStatus(t, http.StatusAccepted)
			for _, path := range []string{"/v1/subscriptions", "/v1/events", "/v1/keys"} {
				var list struct{ Items []json.RawMessage }
				g.do("GET", path, "", auth...).decode(t, &list)
				want := map[string]int{"/v1/subscriptions": len(flavours) + 1, "/v1/events": 1, "/v1/keys": 1}[path]
				require.Len(t, list.Items, want, path)
			}
			g.do("GET", "/v1/accounts", "", auth...).requireStatus(t, http.StatusForbidden)
			g.do("GET", "/v1/events", "", append([]string{"Switchhook-Account: default"}, auth...)...).requireStatus(t, http.StatusForbidden)
		}
		g.do("DELETE", "/callbell/v1/webhooks/unsubscribe", "", "Authorization: Bearer "+b).requireStatus(t, http.StatusOK)
		g.do("DELETE", "/callbell/v1/webhooks/unsubscribe", "", "Authorization: Bearer "+b).requireStatus(t, http.StatusNotFound)
		g.do("DELETE", "/callbell/v1/webhooks/unsubscribe", "", "Authorization: Bearer "+a).requireStatus(t, http.StatusOK)
	})
}
