package gateway

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const clientCredentials = "client_credentials"

// parseTokenRequest reads a token request (RFC 6749, section 4.4.2). The client
// stands in the form, or in a Basic header (section 2.3.1), never in both.
func parseTokenRequest(h http.Header, body string) (account.GrantRequest, *tokenError) {
	var in account.GrantRequest
	form, err := url.ParseQuery(body)
	if err != nil {
		return in, badToken("invalid_request", "The body is not a form")
	}
	for _, name := range []string{"grant_type", "client_id", "client_secret", "scope"} {
		if len(form[name]) > 1 {
			return in, badToken("invalid_request", "The parameter "+name+" must stand once")
		}
	}
	switch form.Get("grant_type") {
	case clientCredentials:
	case "":
		return in, badToken("invalid_request", "The parameter grant_type is missing; it must be "+clientCredentials)
	default:
		return in, badToken("unsupported_grant_type", "The parameter grant_type must be "+clientCredentials)
	}
	in.ClientID, in.ClientSecret = form.Get("client_id"), sdk.Secret(form.Get("client_secret"))
	in.Scopes = strings.Fields(form.Get("scope"))
	if failure := basicClient(h["Authorization"], &in); failure != nil {
		return in, failure
	}
	if in.ClientID == "" || in.ClientSecret == "" {
		return in, invalidClient("The parameters client_id and client_secret are needed, or a Basic Authorization header")
	}
	return in, nil
}

// basicClient takes the client from an Authorization header, if there is one. Its
// id and secret are encoded as in a form, before the base64.
func basicClient(authorization []string, in *account.GrantRequest) *tokenError {
	switch {
	case len(authorization) == 0, len(authorization) == 1 && isBlank(authorization[0]):
		return nil
	case len(authorization) > 1 || in.ClientSecret != "":
		return badToken("invalid_request", "The client must authenticate in one way")
	}
	id, secret, ok := (&http.Request{Header: http.Header{"Authorization": authorization}}).BasicAuth()
	if !ok {
		return invalidClient("The Authorization header must be Basic")
	}
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	if idErr != nil || secretErr != nil {
		return invalidClient("The client in the Authorization header is not encoded as in a form")
	}
	if in.ClientID != "" && in.ClientID != id {
		return badToken("invalid_request", "The parameter client_id is not the client of the Authorization header")
	}
	in.ClientID, in.ClientSecret = id, sdk.Secret(secret)
	return nil
}
