package delivery

import (
	"context"
	"errors"
	"net/http"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/egress/bearer"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// exchange sends the request of an attempt, as its subscription authenticates.
func (e *Engine) exchange(ctx context.Context, a *attempt, r egress.Request) (egress.Response, error) {
	auth := &a.sub.Options.Auth
	if *auth == (subscription.Auth{}) {
		return e.Sender.Do(ctx, r)
	}
	var err error
	if r.Certificate, err = a.sub.TLSCertificate(); err != nil {
		return egress.Response{}, err
	}
	switch {
	case auth.Basic != nil:
		r.Header[authorization] = []string{auth.Basic.Header()}
	case auth.OAuth2 != nil:
		return e.exchangeWithToken(ctx, a, r)
	}
	return e.Sender.Do(ctx, r)
}

const authorization = "Authorization"

// exchangeWithToken sends a request with an access token, and once more with
// another where the subscriber does not take it. The request's timeout is that of
// all of it.
func (e *Engine) exchangeWithToken(ctx context.Context, a *attempt, r egress.Request) (egress.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	client, header := clientOf(a.sub.Options.Auth.OAuth2), r.Header
	first, err := e.token(ctx, a, client)
	if err != nil {
		return egress.Response{}, tokenError(err)
	}
	r.Header = withToken(header, first)
	res, err := e.Sender.Do(ctx, r)
	if err != nil || res.Status != http.StatusUnauthorized {
		return res, err
	}
	e.tokens.Refuse(a.pass.Key, first)
	second, tokenErr := e.token(ctx, a, client)
	if tokenErr != nil || second == first {
		return res, nil // what the subscriber said tells more
	}
	r.Header = withToken(header, second)
	return e.Sender.Do(ctx, r)
}

// token waits for an access token.
func (e *Engine) token(ctx context.Context, a *attempt, c bearer.Client) (sdk.Secret, error) {
	ctx, span := e.startToken(ctx, a)
	token, err := e.tokens.Get(ctx, a.pass.Key, c)
	endToken(span, err)
	return token, err
}

// withToken returns a header with a token: requests keep the one that they are
// given.
func withToken(h http.Header, token sdk.Secret) http.Header {
	out := h.Clone()
	out[authorization] = []string{"Bearer " + token.Reveal()}
	return out
}

func clientOf(o *subscription.OAuth2) bearer.Client {
	return bearer.Client{TokenURL: o.TokenURL, ID: o.ClientID, Secret: o.ClientSecret, Scopes: o.Scopes, Audience: o.Audience}
}

// tokenError is the failure of an attempt for which there is no token.
func tokenError(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &egress.Error{Kind: egress.KindTimeout, Text: "no access token came in time"}
	}
	return err
}
