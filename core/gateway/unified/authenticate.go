package unified

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/telemetry/spans"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	accountHeader = "Switchhook-Account"
	// scopeOperator is what x-required-scope says for operator keys.
	scopeOperator = "operator"
)

// authenticate finds out who asks, and whether the key has the operation's scope.
func (e *edge) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		if c.operation.public {
			next.ServeHTTP(w, r)
			return
		}
		token, err := bearer(r.Header)
		if err != nil {
			e.fail(w, r, err)
			return
		}
		p, err := e.cfg.Accounts.Authenticate(r.Context(), token, r.Header.Get(accountHeader))
		if err != nil {
			e.fail(w, r, err)
			return
		}
		if err := authorize(p, c.operation.scope); err != nil {
			e.fail(w, r, err)
			return
		}
		c.principal = p
		if span := trace.SpanFromContext(c); span.IsRecording() {
			span.SetAttributes(spans.AccountID.String(p.AccountID.String()))
		}
		next.ServeHTTP(w, r)
	})
}

// bearer returns the token of the Authorization header (RFC 6750, section 2.1);
// "" if there is none. The scheme's case and the number of spaces do not matter.
func bearer(h http.Header) (sdk.Secret, error) {
	value := strings.TrimSpace(h.Get("Authorization"))
	if value == "" {
		return "", nil
	}
	scheme, token, _ := strings.Cut(value, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " \t") {
		return "", &sdk.Error{
			Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials,
			Message: "The Authorization header must be: Bearer <key>",
		}
	}
	return sdk.Secret(token), nil
}

func authorize(p *account.Principal, scope string) error {
	switch {
	case scope == "":
		return nil
	case scope == scopeOperator:
		if p.Operator {
			return nil
		}
		return &sdk.Error{
			Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, RequiredScopes: []string{scope},
			Message: "Only an operator key may do this",
		}
	case p.Can(scope):
		return nil
	default:
		return &sdk.Error{
			Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, RequiredScopes: []string{scope},
			Message: "The key lacks the scope " + scope,
		}
	}
}
