package chatbot

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// verificationRequest asks an endpoint for a challenge, as documented:
// GET <url>?challenge=<random>&token=<token>. Headers and basic authentication
// go with it, else an endpoint behind them could not answer.
func verificationRequest(spec *sdk.SubscriptionSpec) sdk.Probe {
	c, challenge := readCredentials(spec.Secret), rand.Text()
	headers := c.authorization()
	hasAuth := len(headers) > 0
	for _, h := range spec.Headers {
		// Basic authentication goes before a header of that name, as in calls.
		if !hasAuth || !strings.EqualFold(h.Name, headers[0].Name) {
			headers = append(headers, h)
		}
	}
	return sdk.Probe{
		URL:        withQuery(spec.URL, param{"challenge", challenge}, param{"token", c.Token}),
		Headers:    headers,
		ExpectBody: []byte(challenge),
	}
}

// checkURLLength makes sure that the URL can be called with its token.
func checkURLLength(spec *sdk.SubscriptionSpec) error {
	if len(verificationRequest(spec).URL) > maxURL {
		return sdk.InvalidField("/url", "must have, with the challenge and the token in its query, at most %d bytes", maxURL)
	}
	return nil
}

// verifyFirst verifies an endpoint before its webhook is written, where the
// operator wants that.
func (a *api) verifyFirst(ctx context.Context, spec *sdk.SubscriptionSpec) error {
	if verification(a.verify.Load()) != verifyEnforce {
		return nil
	}
	p := verificationRequest(spec)
	result, err := sdk.EngineFrom(ctx).Probe(ctx, p)
	if err != nil {
		return err
	}
	if reason := p.Failure(*result); reason != "" {
		return sdk.InvalidField("/url", "%s; answer GET requests with the value of their query parameter challenge", reason)
	}
	return nil
}

// verifyLater verifies an endpoint in the background, where the operator wants
// that; a failure becomes the webhook's error.
func (a *api) verifyLater(ctx context.Context, sub *sdk.Subscription) {
	if verification(a.verify.Load()) != verifyRecord {
		return
	}
	p := verificationRequest(&sub.SubscriptionSpec)
	p.Background, p.SubscriptionID = true, sub.ID
	// The webhook is written, and its owner would write it twice if this request
	// failed: one that cannot be verified now shows its errors when it is called.
	_, _ = sdk.EngineFrom(ctx).Probe(ctx, p)
}
