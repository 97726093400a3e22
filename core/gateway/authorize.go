package gateway

import (
	"errors"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/core/telemetry/spans"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// headerAccount names, by id or name, the account that an operator acts for.
const headerAccount = "Switchhook-Account"

// authorize finds out who asks, and whether they may. Of several ways into an
// operation one is enough; where none is, the failure that came furthest counts.
func (x *exchange) authorize() *sdk.Error {
	failure := missingCredentials(x.op.security)
	tried := false
	for i := range x.op.security {
		r := &x.op.security[i]
		token, state := r.credential(x.r.Header)
		if state == credentialMissing {
			continue
		}
		p, e := x.principalOf(token, state)
		if e == nil {
			e = scopeError(r, p, x.flavour.scopes)
		}
		if e == nil {
			x.principal = p
			if span := trace.SpanFromContext(x.r.Context()); span.IsRecording() {
				span.SetAttributes(spans.AccountID.String(p.AccountID.String()))
			}
			return nil
		}
		if !tried || e.Code != sdk.CodeUnauthenticated {
			failure, tried = e, true
		}
	}
	if x.op.anonymous && !tried {
		return nil
	}
	return failure
}

func (x *exchange) principalOf(token sdk.Secret, state credential) (*account.Principal, *sdk.Error) {
	if state == credentialMalformed {
		return nil, &sdk.Error{
			Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials,
			Message: "The API key is not in the form that this API expects",
		}
	}
	p, err := x.g.cfg.Authenticator.Authenticate(x.r.Context(), token, x.r.Header.Get(headerAccount))
	switch {
	case err == nil:
		return p, nil
	case sdk.IsCode(err, sdk.CodeNotFound):
		// In the vendor's envelope "not found" would be about a webhook.
		return nil, explain.Invalid(sdk.FieldError{In: "header", Field: headerAccount, Message: "names no account"})
	}
	if e := (*sdk.Error)(nil); !errors.As(err, &e) {
		x.w.cause = err
	}
	return nil, sdk.AsError(err)
}

// missingCredentials names how to send the API key.
func missingCredentials(security []requirement) *sdk.Error {
	e := &sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials, Message: "The API key is missing"}
	if len(security) > 0 {
		form := "<key>"
		if word := security[0].word; word != "" {
			form = word + " <key>"
		}
		e.Message += "; send it as " + security[0].header + ": " + form
	}
	return e
}

// scopeError tells which scopes a key lacks; nil if none. known are the scopes
// of the whole document.
func scopeError(r *requirement, p *account.Principal, known []string) *sdk.Error {
	if !slices.ContainsFunc(r.scopes, func(s string) bool { return !p.Can(s) }) {
		return nil
	}
	if r.unified {
		known = []string{account.ScopeSubscriptionsRead, account.ScopeSubscriptionsWrite}
	}
	e := &sdk.Error{
		Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, RequiredScopes: r.scopes,
		Message: "The API key needs the scope " + strings.Join(r.scopes, " and "),
	}
	if !p.CanAny(known) {
		e.Reason = sdk.ReasonNoScope
	}
	return e
}
