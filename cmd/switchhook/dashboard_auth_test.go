package main

import (
	"crypto/tls"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a subscription authenticates with is set, replaced, left and removed in the
// dashboard, and the subscriber sees it.
func TestAuthenticationInTheDashboard(t *testing.T) {
	t.Parallel()
	type seen struct {
		header      string
		certificate bool
	}
	requests := make(chan seen, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"access_token":"granted","token_type":"Bearer","expires_in":3600}`))
			return
		}
		requests <- seen{r.Header.Get("Authorization"), len(r.TLS.PeerCertificates) > 0}
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	g := startGateway(t, "", trusting(t, server))
	path := "/ui/subscriptions/" + g.subscribe("standard", server.URL, "order.created") + "/edit"
	b := newBrowser(g)
	b.login(operatorKey)
	certificate, key := clientPair(t)
	for _, step := range []struct {
		name  string
		form  url.Values
		wrong []string
		want  seen
	}{
		{"set", url.Values{"auth": {"set"}, "auth.header": {"basic"}, "auth.basic.username": {"user"}, "auth.basic.password": {"pass"}}, nil, seen{"Basic dXNlcjpwYXNz", false}},
		{"refused", url.Values{"auth": {"set"}, "auth.header": {"basic"}, "auth.basic.username": {"a:b"}, "auth.basic.password": {"x"}}, []string{"auth.basic.username"}, seen{"Basic dXNlcjpwYXNz", false}},
		{"without its secret", url.Values{"auth": {"set"}, "auth.header": {"basic"}, "auth.basic.username": {"other"}}, []string{"auth.basic.password"}, seen{"Basic dXNlcjpwYXNz", false}},
		{"left", url.Values{"auth": {"keep"}, "name": {"Shop"}}, nil, seen{"Basic dXNlcjpwYXNz", false}},
		{
			"without TLS",
			url.Values{
				"auth": {"set"}, "auth.header": {"oauth2"}, "auth.oauth2.token_url": {"http://" + server.Listener.Addr().String()},
				"auth.oauth2.client_id": {"c"}, "auth.oauth2.client_secret": {"s"},
			},
			[]string{"auth.oauth2.token_url"},
			seen{"Basic dXNlcjpwYXNz", false},
		},
		{
			"no key",
			url.Values{"auth": {"set"}, "auth.mtls": {"on"}, "auth.mtls.certificate": {certificate}, "auth.mtls.private_key": {"none"}},
			[]string{"auth.mtls.private_key"},
			seen{"Basic dXNlcjpwYXNz", false},
		},
		{
			"replaced", url.Values{
				"auth": {"set"}, "auth.header": {"oauth2"}, "auth.oauth2.token_url": {server.URL + "/token"}, "auth.oauth2.client_id": {"c"}, "auth.oauth2.client_secret": {"s"},
				"auth.mtls": {"on"}, "auth.mtls.certificate": {certificate}, "auth.mtls.private_key": {key},
			}, nil, seen{"Bearer granted", true},
		},
		{"removed", url.Values{"auth": {"none"}}, nil, seen{"", false}},
	} {
		form := url.Values{"url": {server.URL}, "events": {"order.created"}}
		maps.Copy(form, step.form)
		page := b.open(http.StatusOK, path, form)
		for _, field := range step.wrong {
			require.Contains(t, page, `id="`+field+`-wrong"`, step.name)
		}
		if step.wrong == nil {
			require.Contains(t, page, "The changes are saved.", step.name)
		}
		g.waitDelivery(g.publish("order.created", `1`), "delivered")
		require.Equal(t, step.want, <-requests, step.name)
	}
}
