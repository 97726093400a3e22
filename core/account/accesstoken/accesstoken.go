// Package accesstoken makes and checks the gateway's own access tokens: short-lived
// JWTs that stand for an API key and some of its scopes, as OAuth's client
// credentials grant hands them out (RFC 6749, section 4.4).
package accesstoken

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Lifetime is how long a token works, unless its key ends sooner.
const Lifetime = 2 * time.Hour

// maxLength bounds the tokens that are looked at, in bytes. Issued ones are
// shorter: a client may ask for few scopes only.
const maxLength = 8 << 10

// purpose keeps the signing key apart from all else that is derived from the
// encryption key.
const purpose = "switchhook access token v1"

const issuer = "switchhook"

var (
	// ErrForeign is returned for what this gateway did not sign.
	ErrForeign = errors.New("not an access token of this gateway")
	// ErrExpired is returned for a token whose time is over.
	ErrExpired = errors.New("the access token has expired")
)

// Grant is what a token stands for.
type Grant struct {
	AccountID uuid.UUID
	KeyID     uuid.UUID
	// KeyAccountID is the account of the key, where it is not AccountID.
	KeyAccountID uuid.UUID
	// Portal tells a token that was made for a portal: it makes no keys and tokens.
	Portal bool
	// ID tells tokens apart; Sign makes one where there is none.
	ID string
	// Scopes that the key's holder asked for, and nothing more.
	Scopes    []string
	ExpiresAt time.Time
}

// Signer makes and checks tokens. It may be used by several goroutines at once.
type Signer struct {
	key    []byte
	now    func() time.Time
	parser *jwt.Parser
}

// claims are those of RFC 9068, as far as they are of use here.
type claims struct {
	Account string `json:"account"`
	Scope   string `json:"scope"`
	// KeyAccount and Portal are those of [Grant], where they are not zero.
	KeyAccount string `json:"key_account,omitempty"`
	Portal     bool   `json:"portal,omitempty"`
	jwt.RegisteredClaims
}

// New returns a signer under a key that is derived from the gateway's encryption
// key (HKDF, RFC 5869), so that gateways which share the one accept each other's
// tokens.
func New(encryptionKey []byte, now func() time.Time) (*Signer, error) {
	key, err := hkdf.Key(sha256.New, encryptionKey, nil, purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of access tokens: %w", err)
	}
	return &Signer{key: key, now: now, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)}, nil
}

// Sign makes the token of a grant.
func (s *Signer) Sign(g Grant) (string, error) {
	if g.ID == "" {
		g.ID = uuid.NewString()
	}
	keyAccount := ""
	if g.KeyAccountID != uuid.Nil && g.KeyAccountID != g.AccountID {
		keyAccount = g.KeyAccountID.String()
	}
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		Account: g.AccountID.String(), Scope: strings.Join(g.Scopes, " "), KeyAccount: keyAccount, Portal: g.Portal,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Subject: g.KeyID.String(), ID: g.ID,
			IssuedAt: jwt.NewNumericDate(s.now()), ExpiresAt: jwt.NewNumericDate(g.ExpiresAt),
		},
	})
	t.Header["typ"] = "at+jwt"
	return t.SignedString(s.key)
}

// Verify returns the grant of a token. Whether its key still works is for the
// caller to see. Errors: [ErrForeign], [ErrExpired].
func (s *Signer) Verify(token string) (Grant, error) {
	if len(token) > maxLength {
		return Grant{}, ErrForeign
	}
	var c claims
	_, err := s.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.key, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Grant{}, ErrExpired
	case err != nil:
		return Grant{}, ErrForeign
	}
	g := Grant{Scopes: strings.Fields(c.Scope), Portal: c.Portal, ID: c.ID, ExpiresAt: c.ExpiresAt.Time}
	var accountErr, keyErr error
	g.AccountID, accountErr = uuid.Parse(c.Account)
	g.KeyID, keyErr = uuid.Parse(c.Subject)
	if accountErr != nil || keyErr != nil {
		return Grant{}, ErrForeign
	}
	g.KeyAccountID = g.AccountID
	if c.KeyAccount != "" {
		if g.KeyAccountID, keyErr = uuid.Parse(c.KeyAccount); keyErr != nil {
			return Grant{}, ErrForeign
		}
	}
	return g, nil
}
