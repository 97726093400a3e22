package config

import (
	"net/netip"
	"net/url"
	"time"

	"github.com/switchhook/switchhook/core/account/jwtkey"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Auth is which credentials are taken beside API keys.
type Auth struct {
	JWT JWT `koanf:"jwt"`
}

// JWT says whose JSON Web Tokens stand in an API key's place. None do unless one
// of Secret, JWKSURL and JWKSFile is set.
type JWT struct {
	// Secret signs tokens by HS256; at least 32 bytes. Defaults to none.
	Secret sdk.Secret `koanf:"secret" usage:"secret of JWTs signed by HS256, at least 32 bytes"`
	// JWKSURL is where the issuer publishes its keys: https, or http on this machine.
	// Defaults to none.
	JWKSURL string `koanf:"jwks_url" usage:"URL of the JSON Web Key Set that JWTs are signed under"`
	// JWKSFile is a file with such a key set. Defaults to none.
	JWKSFile string `koanf:"jwks_file" usage:"file of the JSON Web Key Set that JWTs are signed under"`
	// Issuer is what the claim iss must be. Defaults to any.
	Issuer string `koanf:"issuer" usage:"issuer (iss) that JWTs must have; empty: any"`
	// Audience is what the claim aud must have one of. Defaults to any.
	Audience []string `koanf:"audience" usage:"audiences (aud) of which JWTs must have one, separated by commas; empty: any"`
	// AccountClaim is the claim that names the account. Defaults to account.
	AccountClaim string `koanf:"account_claim" usage:"claim of JWTs that holds the account's id or name"`
	// ScopeClaim is the claim that lists scopes. Defaults to scope.
	ScopeClaim string `koanf:"scope_claim" usage:"claim of JWTs that holds the scopes, as text with spaces or as a list"`
	// Leeway is how far the issuer's clock may be off. Defaults to 30s.
	Leeway time.Duration `koanf:"leeway" usage:"how far the clock of a JWT's issuer may be off"`
}

// Enabled tells whether any JWT is taken.
func (j JWT) Enabled() bool { return j.Secret != "" || j.JWKSURL != "" || j.JWKSFile != "" }

func (j JWT) check(p *problems) {
	sources := 0
	for _, set := range []bool{j.Secret != "", j.JWKSURL != "", j.JWKSFile != ""} {
		if set {
			sources++
		}
	}
	if sources > 1 {
		p.add("auth.jwt has more than one of secret, jwks_url and jwks_file: keep one")
	}
	if sources == 0 && (j.Issuer != "" || len(j.Audience) > 0) {
		p.add("auth.jwt.issuer and auth.jwt.audience say nothing without keys: set auth.jwt.secret, jwks_url or jwks_file too")
	}
	if j.Secret != "" && len(j.Secret.Reveal()) < jwtkey.MinSecret {
		p.add("auth.jwt.secret is too short: use at least %d bytes, such as `openssl rand -base64 %d` makes", jwtkey.MinSecret, jwtkey.MinSecret)
	}
	if j.JWKSURL != "" && !isKeyURL(j.JWKSURL) {
		p.add("auth.jwt.jwks_url is not valid: write https://host/path without user and password; http is for this machine alone")
	}
	if j.AccountClaim == "" || j.ScopeClaim == "" || j.AccountClaim == j.ScopeClaim {
		p.add("auth.jwt.account_claim %q and auth.jwt.scope_claim %q must be two claims' names, such as account and scope", j.AccountClaim, j.ScopeClaim)
	}
}

// isKeyURL tells whether keys may be fetched from a URL: whoever can change them on
// their way can sign any token.
func isKeyURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
