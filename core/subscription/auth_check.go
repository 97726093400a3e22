package subscription

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	maxCredential  = 1024
	maxScopes      = 50
	maxCertificate = 32 << 10
)

// checkAuth tells what is wrong with the authentication of a spec. fresh tells
// that the caller gave it now: what has become old since may stay.
func (s *Service) checkAuth(f *fieldErrors, spec sdk.SubscriptionSpec, a Auth, fresh bool) {
	if a.Basic != nil && a.OAuth2 != nil {
		f.add("/auth", "has basic and oauth2, which both set the Authorization header; give one of them")
	}
	if a.Basic != nil || a.OAuth2 != nil {
		for i, h := range spec.Headers {
			if strings.EqualFold(h.Name, "Authorization") {
				f.add(fmt.Sprintf("/headers/%d/name", i), "Authorization is set by auth; remove one of the two")
			}
		}
	}
	if a.Basic != nil {
		checkBasic(f, a.Basic)
	}
	if a.OAuth2 != nil {
		s.checkOAuth2(f, a.OAuth2)
	}
	if a.MTLS != nil {
		checkCertificate(f, a.MTLS, fresh, s.now())
		if strings.HasPrefix(strings.ToLower(spec.URL), "http:") {
			f.add("/auth/mtls", "needs a url that starts with https://: there is no certificate without TLS")
		}
	}
}

func checkBasic(f *fieldErrors, b *BasicAuth) {
	checkCredential(f, "/auth/basic/username", b.Username)
	if strings.Contains(b.Username, ":") {
		f.add("/auth/basic/username", "must not contain a colon, which ends the username (RFC 7617)")
	}
	checkSecretText(f, "/auth/basic/password", b.Password)
}

func (s *Service) checkOAuth2(f *fieldErrors, o *OAuth2) {
	const at = "/auth/oauth2"
	checkCredential(f, at+"/client_id", o.ClientID)
	checkSecretText(f, at+"/client_secret", o.ClientSecret)
	if o.Audience != "" {
		checkCredential(f, at+"/audience", o.Audience)
	}
	switch err := s.urls(o.TokenURL); {
	case utf8.RuneCountInString(o.TokenURL) > maxURL:
		f.add(at+"/token_url", "must have at most %d characters", maxURL)
	case err != nil:
		f.add(at+"/token_url", "%s", err)
	case !strings.HasPrefix(strings.ToLower(o.TokenURL), "https://"):
		f.add(at+"/token_url", "must start with https://, so that the client's secret is not read on its way (RFC 6749, section 3.2)")
	}
	if len(o.Scopes) > maxScopes {
		f.add(at+"/scopes", "must have at most %d entries", maxScopes)
	}
	for i, scope := range o.Scopes {
		if !isScope(scope) {
			f.add(fmt.Sprintf("%s/scopes/%d", at, i), "must be visible ASCII characters without space, quote and backslash (RFC 6749, section 3.3)")
		}
	}
}

func isScope(s string) bool {
	return s != "" && len(s) <= maxCredential && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}

// checkCredential wants a name that fits any protocol.
func checkCredential(f *fieldErrors, at, text string) {
	switch {
	case text == "":
		f.add(at, "must not be empty")
	case utf8.RuneCountInString(text) > maxCredential:
		f.add(at, "must have at most %d characters", maxCredential)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		f.add(at, "must be UTF-8 without control characters")
	}
}

func checkSecretText(f *fieldErrors, at string, text sdk.Secret) {
	if text == sdk.Redacted {
		f.add(at, "is %s, as answers show it; send the secret itself", sdk.Redacted)
		return
	}
	checkCredential(f, at, text.Reveal())
}

func checkCertificate(f *fieldErrors, c *ClientCertificate, fresh bool, now time.Time) {
	const certificate, key = "/auth/mtls/certificate", "/auth/mtls/private_key"
	if c.PrivateKey == sdk.Redacted {
		f.add(key, "is %s, as answers show it; send the key itself", sdk.Redacted)
		return
	}
	if len(c.Certificate) > maxCertificate || len(c.PrivateKey) > maxCertificate {
		f.add("/auth/mtls", "certificate and private_key must have at most %d bytes each", maxCertificate)
		return
	}
	leaf, err := c.leaf()
	if err != nil {
		f.add(certificate, "%s", err)
		return
	}
	if !hasPrivateKey(c.PrivateKey) {
		f.add(key, "must be a private key in PEM, without a passphrase: -----BEGIN PRIVATE KEY-----")
		return
	}
	if _, err := c.Load(); err != nil {
		f.add(key, "%s; send the key that the certificate was made for", err)
	}
	if usages := leaf.ExtKeyUsage; len(usages) > 0 && !slices.Contains(usages, x509.ExtKeyUsageClientAuth) && !slices.Contains(usages, x509.ExtKeyUsageAny) {
		f.add(certificate, "is not for clients: its extended key usage lacks client authentication")
	}
	if fresh && now.After(leaf.NotAfter) {
		f.add(certificate, "expired at %s; send a valid one", leaf.NotAfter.UTC().Format(time.RFC3339))
	}
}

var (
	errNoCertificate = errors.New("must be certificates in PEM, the client's own first: -----BEGIN CERTIFICATE-----")
	errBadBlock      = errors.New("has a PEM block that is no certificate; send certificates alone")
)

// leaf reads the client's own certificate, and the others to check them.
func (c *ClientCertificate) leaf() (leaf *x509.Certificate, err error) {
	rest := []byte(c.Certificate)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, errBadBlock
		}
		if leaf == nil {
			leaf = parsed
		}
	}
	if leaf == nil {
		return nil, errNoCertificate
	}
	return leaf, nil
}

func hasPrivateKey(text sdk.Secret) bool {
	block, _ := pem.Decode([]byte(text.Reveal()))
	return block != nil && strings.HasSuffix(block.Type, "PRIVATE KEY") && block.Type != "ENCRYPTED PRIVATE KEY" && block.Headers["DEK-Info"] == ""
}
