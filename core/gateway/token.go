package gateway

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Granter makes access tokens; see [account.Service.Grant].
type Granter interface {
	Grant(ctx context.Context, in account.GrantRequest) (*account.AccessToken, error)
}

// maxTokenForm bounds a token request's body in bytes: a secret of the longest
// kind, every character of it escaped, and some scopes.
const maxTokenForm = 32 << 10

// tokenAnswer is RFC 6749, section 5.1.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
	TokenType   string `json:"token_type"`
	// Scope is shown where it is not what was asked for.
	Scope string `json:"scope,omitempty"`
}

// tokenError is RFC 6749, section 5.2.
type tokenError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
	status      int
}

func badToken(code, description string) *tokenError {
	return &tokenError{Code: code, Description: description, status: http.StatusBadRequest}
}

func invalidClient(description string) *tokenError {
	return &tokenError{Code: "invalid_client", Description: description, status: http.StatusUnauthorized}
}

// serveToken answers a token request of OAuth's client credentials grant. Its
// errors are OAuth's, in every vendor's API.
func (x *exchange) serveToken(offered []string) {
	x.w.route = "/" + x.flavour.provider.Name() + x.path
	h := x.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	answer, failure := x.grant(offered)
	if failure == nil {
		writeJSON(x.w, http.StatusOK, answer)
		return
	}
	switch failure.status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Basic realm="switchhook"`)
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.Itoa(1))
	}
	writeJSON(x.w, failure.status, failure)
}

func (x *exchange) grant(offered []string) (*tokenAnswer, *tokenError) {
	body, failure := x.readForm()
	if failure != nil {
		return nil, failure
	}
	in, failure := parseTokenRequest(x.r.Header, string(body))
	if failure != nil {
		return nil, failure
	}
	in.Offered = offered
	granted, err := x.g.cfg.Granter.Grant(x.r.Context(), in)
	if err != nil {
		return nil, x.grantError(err, offered)
	}
	answer := &tokenAnswer{
		AccessToken: granted.Token.Reveal(), ExpiresIn: int64(granted.ExpiresIn.Seconds()), TokenType: "Bearer",
	}
	slices.Sort(in.Scopes)
	if !slices.Equal(slices.Compact(in.Scopes), granted.Scopes) {
		answer.Scope = strings.Join(granted.Scopes, " ")
	}
	return answer, nil
}

// readForm reads the body of a request that can be a token request.
func (x *exchange) readForm() ([]byte, *tokenError) {
	if x.r.Method != http.MethodPost {
		e := badToken("invalid_request", "A token is asked for by POST")
		e.status = http.StatusMethodNotAllowed
		return nil, e
	}
	if media, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type")); err != nil || media != formType {
		return nil, badToken("invalid_request", "The Content-Type must be "+formType)
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, min(maxTokenForm, x.g.cfg.MaxBodyBytes)))
	if e := (*http.MaxBytesError)(nil); errors.As(err, &e) {
		failure := badToken("invalid_request", "The body is too large")
		failure.status = http.StatusRequestEntityTooLarge
		return nil, failure
	}
	if err != nil {
		return nil, badToken("invalid_request", "The body could not be read to its end")
	}
	return body, nil
}

// grantError words a refusal as RFC 6749, section 5.2, does; what is not the
// client's fault has the codes of section 4.1.2.1, for want of others.
func (x *exchange) grantError(err error, offered []string) *tokenError {
	e := (*sdk.Error)(nil)
	if !errors.As(err, &e) {
		x.w.cause = err
	}
	switch e = sdk.AsError(err); e.Code {
	case sdk.CodeUnauthenticated:
		return invalidClient(e.Message)
	case sdk.CodeDenied:
		return badToken("invalid_scope", e.Message+"; this API has "+strings.Join(offered, " "))
	case sdk.CodeUnavailable:
		return &tokenError{Code: "temporarily_unavailable", Description: e.Message, status: http.StatusServiceUnavailable}
	default:
		return &tokenError{Code: "server_error", Description: "Internal error", status: http.StatusInternalServerError}
	}
}
