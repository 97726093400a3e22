package dashboard

import (
	"strings"
	"time"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// What the form says of authentication. The API replaces the whole of it with its
// secrets, which it never shows: to leave it as it is, a change must not name it.
const (
	authKeep = "keep"
	authNone = "none"
	authSet  = "set"
)

var authFields = []string{
	"auth", "auth.header", "auth.basic.username", "auth.basic.password", "auth.oauth2.token_url", "auth.oauth2.client_id",
	"auth.oauth2.client_secret", "auth.oauth2.scopes", "auth.oauth2.audience", "auth.mtls", "auth.mtls.certificate", "auth.mtls.private_key",
}

// secretFields are never written into a page, not even that which sent them.
var secretFields = []string{"secret", "auth.basic.password", "auth.oauth2.client_secret", "auth.mtls.private_key"}

// forget takes the secrets out of a form that has been read.
func forget(f Form) {
	for _, name := range secretFields {
		f.Values.Set(name, "")
	}
}

// fillAuth fills the form with what is not secret of how a subscription
// authenticates now.
func fillAuth(f Form, a switchhook.SubscriptionAuth) {
	f.Values.Set("auth", authNone)
	if authWords(a) != "" {
		f.Values.Set("auth", authKeep)
	}
	if b := a.Basic; b != nil {
		f.Values.Set("auth.header", "basic")
		f.Values.Set("auth.basic.username", b.Username)
	}
	if o := a.Oauth2; o != nil {
		f.Values.Set("auth.header", "oauth2")
		f.Values.Set("auth.oauth2.token_url", o.TokenURL)
		f.Values.Set("auth.oauth2.client_id", o.ClientID)
		if o.Scopes != nil {
			f.Values.Set("auth.oauth2.scopes", strings.Join(*o.Scopes, " "))
		}
		if o.Audience != nil {
			f.Values.Set("auth.oauth2.audience", *o.Audience)
		}
	}
	if c := a.Mtls; c != nil {
		f.Values.Set("auth.mtls", "on")
		f.Values.Set("auth.mtls.certificate", c.Certificate)
	}
}

// readAuth reads the form; nil leaves it as it is.
func readAuth(f Form) *switchhook.SubscriptionAuth {
	var a switchhook.SubscriptionAuth
	switch f.Get("auth") {
	case authNone:
		return &a
	case authSet:
	default:
		return nil
	}
	switch f.Get("auth.header") {
	case "basic":
		a.Basic = &switchhook.BasicAuth{Username: f.text("auth.basic.username"), Password: f.Get("auth.basic.password")}
	case "oauth2":
		a.Oauth2 = &switchhook.OAuth2Client{
			TokenURL: f.text("auth.oauth2.token_url"), ClientID: f.text("auth.oauth2.client_id"), ClientSecret: f.Get("auth.oauth2.client_secret"),
			Audience: f.optional("auth.oauth2.audience"),
		}
		if scopes := strings.Fields(f.Get("auth.oauth2.scopes")); len(scopes) > 0 {
			a.Oauth2.Scopes = &scopes
		}
	}
	if f.On("auth.mtls") {
		a.Mtls = &switchhook.ClientCertificate{Certificate: pemText(f, "auth.mtls.certificate"), PrivateKey: pemText(f, "auth.mtls.private_key")}
	}
	if a == (switchhook.SubscriptionAuth{}) {
		f.wrong("auth", "Choose below what to authenticate with.")
	}
	return &a
}

// pemText is a field of several lines as a file has them: forms send them with CRLF.
func pemText(f Form, name string) string {
	text := strings.ReplaceAll(f.text(name), "\r\n", "\n")
	if text == "" {
		return ""
	}
	return text + "\n"
}

// authWords tells how a subscription authenticates; "" for not at all.
func authWords(a switchhook.SubscriptionAuth) string {
	var parts []string
	if a.Basic != nil {
		parts = append(parts, "Basic as "+a.Basic.Username)
	}
	if a.Oauth2 != nil {
		parts = append(parts, "OAuth 2 as "+a.Oauth2.ClientID)
	}
	if a.Mtls != nil {
		words := "client certificate"
		if a.Mtls.ExpiresAt != nil {
			words += " until " + a.Mtls.ExpiresAt.UTC().Format(time.DateOnly)
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, ", ")
}
