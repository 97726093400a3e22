package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// door is where a flavour tells who may come in, and how it refuses.
type door struct {
	path string
	// headers that the flavour asks for beside the credentials.
	headers []string
	// forms of Authorization that open it; the others are refused with 401.
	forms []string
	// refused is the body of a 401 whose token is not good.
	refused string
}

const (
	vonageRefused = `{"error_description":"The access token is invalid or has expired","error":"invalid_token"}`
	vonageAccept  = "Accept: application/vnd.newvoicemedia.v1+json"
)

var doors = map[string]door{
	"callbell": {path: "/callbell/v1/webhooks/events", forms: bearerForms, refused: `{"error":`},
	"chatbot":  {path: "/chatbot/webhooks", forms: bearerForms, refused: `"code":401`},
	"bird":     {path: birdWorkspace + "/webhook-subscriptions", forms: append(accessKeyForms, bearerForms...), refused: `"code":"Unauthorized"`},
	"whatsapp": {path: "/whatsapp/webhooks", forms: append([]string{"%s"}, bearerForms...), refused: `"error":"Invalid or expired JWT token"`},
	"vonage":   {path: "/vonage/webhooks/subscriptions", headers: []string{vonageAccept}, forms: bearerForms, refused: vonageRefused},
	"unified":  {path: "/v1/subscriptions", forms: bearerForms, refused: `"status":401`},
}

var (
	bearerForms    = []string{"Bearer %s", "bearer %s", "BEARER %s", "Bearer    %s"}
	accessKeyForms = []string{"AccessKey %s", "accesskey %s", "AccessKey   %s"}
	wrongForms     = []string{"Basic %s", "Token %s", "Bearer%s", "Bearer", "Bearer %s %s"}
)

// knock asks to come in with a token in a form.
func (d door) knock(g *gateway, form, token string) answer {
	g.t.Helper()
	return g.do("GET", d.path, "", append([]string{"Authorization: " + strings.ReplaceAll(form, "%s", token)}, d.headers...)...)
}

// Every form of credentials at every flavour is taken or refused as its vendor
// documents.
func TestCredentialForms(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	var all []string
	all = append(append(append(append(all, bearerForms...), accessKeyForms...), wrongForms...), "%s")
	for name, d := range doors {
		t.Run(name, func(t *testing.T) {
			taken := map[string]bool{}
			for _, form := range d.forms {
				taken[form] = true
			}
			for _, form := range all {
				a := d.knock(g, form, operatorKey)
				if taken[form] {
					require.Equal(t, http.StatusOK, a.status, "%s: %s", form, a.body)
					a = d.knock(g, form, "not-the-operator-key")
				}
				require.Equal(t, http.StatusUnauthorized, a.status, "%s: %s", form, a.body)
				require.Contains(t, string(a.body), d.refused, form)
				require.NotContains(t, string(a.body), operatorKey)
			}
		})
	}
}
