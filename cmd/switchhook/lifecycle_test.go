package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The vendors' own requests, host and token aside.
const (
	callbellSubscribe = `{
"url": "https://my-app.com/my-webhook-endpoint",
"subscriptions": ["message_created", "contact_created"]
}`
	vonageSecret = "OFd4WHqXISxMAgoYneiFhgdGrOgYeToYPN3HjIO4xAxDvWd/oIKTW1P4A6GLXN0McDGlLtnTn1KCGCa+W5Gu="
	vonageCreate = `{
    "name": "WebhookTest1",
    "url": "https://your-application.com/abc/123",
    "events": [
        "agent.presencechanged.v0"
    ],
    "enabled": true,
    "secret": "` + vonageSecret + `"
}`
)

var (
	callbellHeaders = []string{"Authorization: Bearer " + operatorKey, "Content-Type: application/json"}
	// The documentation's curl sends no content type; curl adds this one with -d.
	vonageHeaders = []string{
		"Authorization: bearer " + operatorKey, "Accept: application/vnd.newvoicemedia.v1+json",
		"Content-Type: application/x-www-form-urlencoded",
	}
)

func TestCallbellLifecycle(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		type webhook struct {
			Webhook struct {
				URL           string
				Subscriptions []string
				CreatedAt     string
				Enabled       bool
			}
		}
		var first, second webhook
		a := g.do("POST", "/callbell/v1/webhooks/subscribe", callbellSubscribe, callbellHeaders...)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		a.decode(t, &first)
		require.Equal(t, "https://my-app.com/my-webhook-endpoint", first.Webhook.URL)
		require.Equal(t, []string{"message_created", "contact_created"}, first.Webhook.Subscriptions)
		require.True(t, first.Webhook.Enabled)

		a = g.do("POST", "/callbell/v1/webhooks/subscribe",
			`{"url":"https://my-app.com/other","subscriptions":"message_created, contact_updated"}`, callbellHeaders...)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		a.decode(t, &second)
		require.Equal(t, "https://my-app.com/other", second.Webhook.URL)
		require.Equal(t, []string{"message_created", "contact_updated"}, second.Webhook.Subscriptions)
		require.Equal(t, first.Webhook.CreatedAt, second.Webhook.CreatedAt, "an update keeps the webhook")

		a = g.do("GET", "/callbell/v1/webhooks/events", "", callbellHeaders...)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		require.JSONEq(t, `{"webhook_events":[],"meta":{"page":1,"pages":0}}`, string(a.body))

		a = g.do("DELETE", "/callbell/v1/webhooks/unsubscribe", "", callbellHeaders...)
		require.Equal(t, http.StatusOK, a.status)
		require.JSONEq(t, `{"status":"webhook was destroyed"}`, string(a.body))
		a = g.do("DELETE", "/callbell/v1/webhooks/unsubscribe", "", callbellHeaders...)
		require.Equal(t, http.StatusNotFound, a.status)
		require.JSONEq(t, `{"error":"The account has no webhook"}`, string(a.body))
	})
}

func TestCallbellFiftyAtOnceLeaveOneWebhook(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		const n = 50
		type result struct {
			answer
			err error
		}
		results := make(chan result, n)
		for range n {
			go func() {
				a, err := g.send(t.Context(), "POST", "/callbell/v1/webhooks/subscribe", callbellSubscribe, callbellHeaders...)
				results <- result{a, err}
			}()
		}
		for range n {
			r := <-results
			require.NoError(t, r.err)
			require.Equal(t, http.StatusOK, r.status, "%s", r.body)
		}
		var list struct{ Items []json.RawMessage }
		g.unified(http.StatusOK, "GET", "/v1/subscriptions?provider=callbell", "").decode(t, &list)
		require.Len(t, list.Items, 1)
	})
}

func TestVonageLifecycle(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		type subscription struct {
			SubscriptionID string
			Name, URL      string
			Events         []string
			Enabled        bool
			Secret         *string
		}
		var made, read, patched subscription
		a := g.do("POST", "/vonage/webhooks/subscriptions", vonageCreate, vonageHeaders...)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		a.decode(t, &made)

		one := "/vonage/webhooks/subscriptions/" + made.SubscriptionID
		g.do("GET", one, "", vonageHeaders...).decode(t, &read)
		require.Nil(t, read.Secret, "the secret is returned by create only")
		require.Equal(t, made.URL, read.URL)

		a = g.do("POST", "/vonage/webhooks/subscriptions", vonageCreate, vonageHeaders...)
		require.Equal(t, http.StatusConflict, a.status, "%s", a.body)
		require.Contains(t, string(a.body), `"message"`)

		a = g.do("PATCH", one, `{"enabled":false}`, vonageHeaders...)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		a.decode(t, &patched)
		require.False(t, patched.Enabled)
		require.Equal(t, made.Name, patched.Name, "what a patch leaves out stays")
		require.Nil(t, patched.Secret)

		g.do("DELETE", one, "", vonageHeaders...).requireStatus(t, http.StatusNoContent)
		g.do("DELETE", one, "", vonageHeaders...).requireStatus(t, http.StatusNotFound)
	})
}

func (a answer) requireStatus(t *testing.T, want int) {
	t.Helper()
	require.Equal(t, want, a.status, "%s", a.body)
}

func TestVonageGeneratesSecretsAndShowsThemOnce(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	var made struct{ SubscriptionID, Secret string }
	a := g.do("POST", "/vonage/webhooks/subscriptions",
		`{"name":"abc","url":"https://example.com/","events":["channel.*"]}`, vonageHeaders...)
	a.requireStatus(t, http.StatusOK)
	a.decode(t, &made)
	require.Len(t, made.Secret, 84, "63 bytes of Base64")
	a = g.do("GET", "/vonage/webhooks/subscriptions", "", vonageHeaders...)
	require.NotContains(t, string(a.body), made.Secret)
	require.NotContains(t, g.log.String(), made.Secret)
}

func TestVonageScopes(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	key := func(scopes string) string {
		var out struct{ Token string }
		g.unified(http.StatusCreated, "POST", "/v1/keys", `{"name":"k","scopes":`+scopes+`}`).decode(t, &out)
		return out.Token
	}
	reader, publisher := key(`["admin:read"]`), key(`["events:write"]`)
	const accept = "Accept: application/vnd.newvoicemedia.v1+json"
	for _, c := range []struct {
		name, method, token string
		status              int
		body                string
	}{
		{"ReaderReads", "GET", reader, http.StatusOK, `"subscriptions"`},
		{"ReaderMayNotWrite", "POST", reader, http.StatusForbidden, `"message"`},
		{"NoScopeOfTheAPI", "GET", publisher, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"UnknownToken", "GET", "nobody-knows-this-token", http.StatusUnauthorized, `"invalid_token"`},
		{"NoToken", "GET", "", http.StatusUnauthorized, `"invalid_request"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			headers := []string{accept}
			if c.token != "" {
				headers = append(headers, "Authorization: bearer "+c.token)
			}
			body := ""
			if c.method == "POST" {
				body = vonageCreate
			}
			a := g.do(c.method, "/vonage/webhooks/subscriptions", body, headers...)
			require.Equal(t, c.status, a.status, "%s", a.body)
			require.Contains(t, strings.ReplaceAll(string(a.body), ": ", ":"), c.body)
		})
	}
}
