package jwtkey

import (
	"context"
	"errors"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// shared checks tokens by a secret that the issuer has too. It takes HS256 alone,
// so that no token chooses how it is checked (RFC 8725, section 3.1).
type shared struct {
	key    []byte
	parser *jwt.Parser
}

func newShared(secret sdk.Secret) *shared {
	return &shared{key: []byte(secret.Reveal()), parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding(),
	)}
}

// VerifySignature implements oidc.KeySet.
func (s *shared) VerifySignature(_ context.Context, token string) ([]byte, error) {
	t, err := s.parser.Parse(token, func(*jwt.Token) (any, error) { return s.key, nil })
	if err != nil {
		return nil, err
	}
	if t.Header["crit"] != nil { // no extension is known here (RFC 7515, section 4.1.11)
		return nil, errors.New("token has critical extensions")
	}
	return s.parser.DecodeSegment(strings.Split(token, ".")[1])
}
