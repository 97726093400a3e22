// Package jwtkey checks JSON Web Tokens that somebody else issued and that stand
// in an API key's place: their signature, their time, and whom they are for.
package jwtkey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// MinSecret is the least length of an HS256 secret in bytes: that of the hash
// (RFC 7518, section 3.2).
const MinSecret = 32

// maxLength bounds the tokens that are looked at, in bytes.
const maxLength = 8 << 10

// Config says whose tokens are accepted. One of Secret, File and URL must be set.
type Config struct {
	// Secret signs tokens by HS256.
	Secret sdk.Secret
	// File is the path of a JSON Web Key Set (RFC 7517) with public keys.
	File string
	// URL is where such a set is fetched.
	URL string
	// Issuer must be the claim iss, where set.
	Issuer string
	// Audience must have one of the claim aud, where set.
	Audience []string
	// AccountClaim and ScopeClaim name the claims of the account and the scopes.
	AccountClaim string
	ScopeClaim   string
	// Leeway is how far the issuer's clock may be off.
	Leeway time.Duration
	Now    func() time.Time
	Log    *slog.Logger
}

// Claims are what a token says.
type Claims struct {
	// Account is the id or name of an account, which need not exist.
	Account string
	Scopes  []string
	// ExpiresAt is when the token ends, with the leeway.
	ExpiresAt time.Time
}

// Verifier checks tokens. It may be used by several goroutines at once.
type Verifier struct {
	cfg       Config
	keys      oidc.KeySet
	validator *jwt.Validator
}

// New returns a verifier. Errors name the setting that is at fault: a secret that
// is too short, a file that is no key set. A key server is not asked yet.
func New(cfg Config) (*Verifier, error) {
	options := []jwt.ParserOption{jwt.WithExpirationRequired(), jwt.WithLeeway(cfg.Leeway), jwt.WithTimeFunc(cfg.Now)}
	if cfg.Issuer != "" {
		options = append(options, jwt.WithIssuer(cfg.Issuer))
	}
	if len(cfg.Audience) > 0 {
		options = append(options, jwt.WithAudience(cfg.Audience...))
	}
	keys, err := newKeys(cfg)
	if err != nil {
		return nil, err
	}
	return &Verifier{cfg: cfg, keys: keys, validator: jwt.NewValidator(options...)}, nil
}

func newKeys(cfg Config) (oidc.KeySet, error) {
	switch {
	case cfg.File != "":
		return readFile(cfg.File)
	case cfg.URL != "":
		return newRemote(cfg.URL, cfg.Now, cfg.Log), nil
	case len(cfg.Secret.Reveal()) < MinSecret:
		return nil, fmt.Errorf("auth.jwt.secret is too short: use at least %d bytes, such as `openssl rand -base64 %d` makes", MinSecret, MinSecret)
	default:
		return newShared(cfg.Secret), nil
	}
}

// Verify checks a token and returns its claims. Errors are [*sdk.Error]:
// unauthenticated with a reason that the caller may read; unavailable when the
// keys cannot be had just now.
func (v *Verifier) Verify(ctx context.Context, token string) (*Claims, error) {
	if len(token) > maxLength {
		return nil, refuse("it is too long")
	}
	payload, err := v.keys.VerifySignature(ctx, token)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, errKeyServer):
		return nil, &sdk.Error{
			Code: sdk.CodeUnavailable, RetryAfter: fetchInterval,
			Message: "The keys that check the token cannot be had just now; try again shortly",
		}
	case err != nil:
		return nil, refuse("its signature or its algorithm is not accepted")
	}
	claims := jwt.MapClaims{}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, refuse("its claims are no JSON object")
	}
	if err := v.validator.Validate(claims); err != nil {
		return nil, refuse(reason(err))
	}
	return v.read(claims)
}

// read takes the claims that the gateway goes by.
func (v *Verifier) read(claims jwt.MapClaims) (*Claims, error) {
	expires, err := claims.GetExpirationTime()
	if err != nil || expires == nil {
		return nil, refuse("it has no valid claim exp")
	}
	account, _ := claims[v.cfg.AccountClaim].(string)
	if account == "" {
		return nil, refuse("it has no claim " + v.cfg.AccountClaim + " that names an account")
	}
	scopes, ok := scopesOf(claims[v.cfg.ScopeClaim])
	if !ok {
		return nil, refuse("its claim " + v.cfg.ScopeClaim + " is neither text nor a list of texts")
	}
	return &Claims{Account: account, Scopes: scopes, ExpiresAt: expires.Add(v.cfg.Leeway)}, nil
}

// scopesOf reads scopes from text with spaces (RFC 8693, section 4.2) or from a
// list, as some issuers have it. No scopes are no error.
func scopesOf(claim any) (scopes []string, ok bool) {
	switch c := claim.(type) {
	case nil:
		return nil, true
	case string:
		return strings.Fields(c), true
	case []any:
		for _, entry := range c {
			scope, ok := entry.(string)
			if !ok {
				return nil, false
			}
			scopes = append(scopes, scope)
		}
		return scopes, true
	default:
		return nil, false
	}
}

// reason says in a few words what is wrong with the registered claims.
func reason(err error) string {
	for _, c := range []struct {
		is   error
		text string
	}{
		{jwt.ErrTokenExpired, "it has expired"},
		{jwt.ErrTokenNotValidYet, "it is not valid yet"},
		{jwt.ErrTokenRequiredClaimMissing, "it lacks the claim exp, iss or aud"},
		{jwt.ErrTokenInvalidIssuer, "it is from another issuer"},
		{jwt.ErrTokenInvalidAudience, "it is for another audience"},
	} {
		if errors.Is(err, c.is) {
			return c.text
		}
	}
	return "its claims are not valid"
}

func refuse(why string) *sdk.Error {
	return &sdk.Error{
		Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials, Message: "The token is not valid: " + why,
	}
}
