package jwtkey_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account/jwtkey"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const secret = "0123456789abcdef0123456789abcdef"

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func config(change ...func(*jwtkey.Config)) jwtkey.Config {
	c := jwtkey.Config{
		Secret: secret, AccountClaim: "account", ScopeClaim: "scope",
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func newVerifier(t testing.TB, c jwtkey.Config) *jwtkey.Verifier {
	t.Helper()
	v, err := jwtkey.New(c)
	require.NoError(t, err)
	return v
}

// claims are good ones with changes; nil removes.
func claims(change map[string]any) jwt.MapClaims {
	c := jwt.MapClaims{"account": "acme", "scope": "admin:read admin:write", "exp": now.Add(time.Hour).Unix()}
	maps.Copy(c, change)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func sign(t testing.TB, method jwt.SigningMethod, key any, kid string, c jwt.Claims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	if kid != "" {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

func hs256(t testing.TB, change map[string]any) string {
	return sign(t, jwt.SigningMethodHS256, []byte(secret), "", claims(change))
}

func TestClaims(t *testing.T) {
	t.Parallel()
	strict := func(c *jwtkey.Config) { c.Issuer, c.Audience = "https://id.example", []string{"switchhook", "other"} }
	named := func(c *jwtkey.Config) { c.AccountClaim, c.ScopeClaim = "https://example.com/account", "permissions" }
	late := func(c *jwtkey.Config) { c.Leeway = time.Minute }
	tests := map[string]struct {
		config func(*jwtkey.Config)
		claims map[string]any
		scopes []string
		why    string
	}{
		"good":                   {scopes: []string{"admin:read", "admin:write"}},
		"a list of scopes":       {claims: map[string]any{"scope": []string{"a", "b"}}, scopes: []string{"a", "b"}},
		"no scopes":              {claims: map[string]any{"scope": nil}},
		"empty scopes":           {claims: map[string]any{"scope": " "}, scopes: []string{}},
		"named claims":           {config: named, claims: map[string]any{"account": nil, "https://example.com/account": "acme", "permissions": []string{"x"}}, scopes: []string{"x"}},
		"issuer and audience":    {config: strict, claims: map[string]any{"iss": "https://id.example", "aud": []string{"x", "switchhook"}, "scope": nil}},
		"one audience as text":   {config: strict, claims: map[string]any{"iss": "https://id.example", "aud": "other", "scope": nil}},
		"expired in the leeway":  {config: late, claims: map[string]any{"exp": now.Add(-59 * time.Second).Unix(), "scope": nil}},
		"expired":                {claims: map[string]any{"exp": now.Unix()}, why: "it has expired"},
		"expired with leeway":    {config: late, claims: map[string]any{"exp": now.Add(-time.Minute).Unix()}, why: "it has expired"},
		"not yet":                {claims: map[string]any{"nbf": now.Add(time.Minute).Unix()}, why: "it is not valid yet"},
		"no expiry":              {claims: map[string]any{"exp": nil}, why: "it lacks the claim exp"},
		"expiry as text":         {claims: map[string]any{"exp": "tomorrow"}, why: "its claims are not valid"},
		"another issuer":         {config: strict, claims: map[string]any{"iss": "https://evil.example", "aud": "switchhook"}, why: "it is from another issuer"},
		"no issuer":              {config: strict, claims: map[string]any{"aud": "switchhook"}, why: "it lacks the claim exp, iss or aud"},
		"another audience":       {config: strict, claims: map[string]any{"iss": "https://id.example", "aud": "shop"}, why: "it is for another audience"},
		"no audience":            {config: strict, claims: map[string]any{"iss": "https://id.example"}, why: "it lacks the claim exp, iss or aud"},
		"no account":             {claims: map[string]any{"account": nil}, why: "it has no claim account"},
		"an empty account":       {claims: map[string]any{"account": ""}, why: "it has no claim account"},
		"an account as a number": {claims: map[string]any{"account": 7}, why: "it has no claim account"},
		"scopes as a number":     {claims: map[string]any{"scope": 7}, why: "its claim scope is neither"},
		"scopes of numbers":      {claims: map[string]any{"scope": []any{"a", 7}}, why: "its claim scope is neither"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config()
			if test.config != nil {
				test.config(&c)
			}
			token := hs256(t, test.claims)
			got, err := newVerifier(t, c).Verify(t.Context(), token)
			if test.why != "" {
				requireRefused(t, err, token)
				require.ErrorContains(t, err, test.why)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "acme", got.Account)
			require.Equal(t, test.scopes, got.Scopes)
		})
	}
}

func requireRefused(t *testing.T, err error, token string) {
	t.Helper()
	require.True(t, sdk.IsCode(err, sdk.CodeUnauthenticated), "%v", err)
	require.Equal(t, sdk.ReasonInvalidCredentials, sdk.AsError(err).Reason)
	require.NotContains(t, err.Error(), token)
}

func TestExpiryHasTheLeeway(t *testing.T) {
	t.Parallel()
	got, err := newVerifier(t, config(func(c *jwtkey.Config) { c.Leeway = time.Minute })).Verify(t.Context(), hs256(t, nil))
	require.NoError(t, err)
	require.True(t, now.Add(time.Hour+time.Minute).Equal(got.ExpiresAt), got.ExpiresAt)
}

// A token must not choose how it is checked (RFC 8725, sections 2.1 and 3.1).
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	file := keys.write(t)
	asymmetric := newVerifier(t, config(func(c *jwtkey.Config) { c.Secret, c.File = "", file }))
	shared := newVerifier(t, config())
	public, err := json.Marshal(keys.set(t, "rsa"))
	require.NoError(t, err)
	crit := jwt.NewWithClaims(jwt.SigningMethodHS256, claims(nil))
	crit.Header["crit"] = []string{"exp"}
	critical, err := crit.SignedString([]byte(secret))
	require.NoError(t, err)
	good := hs256(t, nil)
	for name, test := range map[string]struct {
		verifier *jwtkey.Verifier
		token    string
		ok       bool
	}{
		"HS256":                          {shared, good, true},
		"HS384":                          {shared, sign(t, jwt.SigningMethodHS384, []byte(secret), "", claims(nil)), false},
		"HS256, another secret":          {shared, sign(t, jwt.SigningMethodHS256, []byte(strings.ToUpper(secret)), "", claims(nil)), false},
		"RS256 under a secret":           {shared, keys.sign(t, "rsa"), false},
		"none under a secret":            {shared, sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "", claims(nil)), false},
		"none under a key set":           {asymmetric, sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "rsa", claims(nil)), false},
		"critical extension":             {shared, critical, false},
		"RS256":                          {asymmetric, keys.sign(t, "rsa"), true},
		"ES256":                          {asymmetric, keys.sign(t, "ec"), true},
		"EdDSA":                          {asymmetric, keys.sign(t, "ed"), true},
		"PS256":                          {asymmetric, sign(t, jwt.SigningMethodPS256, keys["rsa"].private, "rsa", claims(nil)), true},
		"a key that is not in the set":   {asymmetric, newKeys(t).sign(t, "rsa"), false},
		"HS256 under the public key":     {asymmetric, sign(t, jwt.SigningMethodHS256, public, "rsa", claims(nil)), false},
		"HS256 under a secret elsewhere": {asymmetric, good, false},
		"no segments":                    {shared, "..", false},
		"far too long":                   {shared, strings.Repeat("a", 9000) + "." + good, false},
		"claims that are a list":         {shared, sign(t, jwt.SigningMethodHS256, []byte(secret), "", listClaims{}), false},
	} {
		got, err := test.verifier.Verify(t.Context(), test.token)
		if test.ok {
			require.NoError(t, err, name)
			require.Equal(t, "acme", got.Account, name)
		} else {
			requireRefused(t, err, test.token)
			require.Nil(t, got, name)
		}
	}
}

// listClaims are no object.
type listClaims struct{ jwt.RegisteredClaims }

func (listClaims) MarshalJSON() ([]byte, error) { return []byte(`["account"]`), nil }

type pair struct {
	method  jwt.SigningMethod
	private crypto.Signer
}

// keyPairs are by kid.
type keyPairs map[string]pair

func newKeys(t testing.TB) keyPairs {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return keyPairs{"rsa": {jwt.SigningMethodRS256, rsaKey}, "ec": {jwt.SigningMethodES256, ecKey}, "ed": {jwt.SigningMethodEdDSA, edKey}}
}

func (k keyPairs) sign(t testing.TB, kid string) string {
	t.Helper()
	return sign(t, k[kid].method, k[kid].private, kid, claims(nil))
}

// set has the public halves of the keys that are named, or of all.
func (k keyPairs) set(t testing.TB, kids ...string) jose.JSONWebKeySet {
	t.Helper()
	var out jose.JSONWebKeySet
	for kid, p := range k {
		if len(kids) == 0 || kids[0] == kid {
			out.Keys = append(out.Keys, jose.JSONWebKey{Key: p.private.Public(), KeyID: kid, Use: "sig"})
		}
	}
	return out
}

func (k keyPairs) write(t testing.TB) string {
	t.Helper()
	return write(t, k.set(t))
}

func write(t testing.TB, set any) string {
	t.Helper()
	body, ok := set.(string)
	if !ok {
		b, err := json.Marshal(set)
		require.NoError(t, err)
		body = string(b)
	}
	file := filepath.Join(t.TempDir(), "jwks.json")
	require.NoError(t, os.WriteFile(file, []byte(body), 0o600))
	return file
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	keys := newKeys(t)
	one := func(k any) jose.JSONWebKeySet {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: k, KeyID: "a"}}}
	}
	for name, test := range map[string]struct{ file, want string }{
		"missing":     {filepath.Join(t.TempDir(), "none.json"), "no such file"},
		"a directory": {t.TempDir(), "is not a file"},
		"too large":   {write(t, strings.Repeat(" ", 300<<10)), "at most 262144 bytes"},
		"no JSON":     {write(t, "-----BEGIN PUBLIC KEY-----"), "is not a JSON Web Key Set"},
		"a list":      {write(t, "[]"), "is not a JSON Web Key Set"},
		"no keys":     {write(t, `{"keys":[]}`), "has no public key"},
		"one key":     {write(t, `{"kty":"RSA"}`), "has no public key"},
		"malformed":   {write(t, `{"keys":[{"kty":"RSA","n":"AQAB"}]}`), "keys[0] is malformed"},
		"unknown":     {write(t, `{"keys":[{"kty":"XYZ"}]}`), "keys[0] is malformed or of an unknown type"},
		"symmetric":   {write(t, one([]byte(secret))), "auth.jwt.secret"},
		"private":     {write(t, one(keys["rsa"].private)), "is a private key"},
		"short":       {write(t, one(&small.PublicKey)), "1024 bits"},
		"only to encrypt": {write(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
			{Key: keys["ec"].private.Public(), Use: "enc"},
		}}), "has no public key"},
	} {
		_, err := jwtkey.New(config(func(c *jwtkey.Config) { c.Secret, c.File = "", test.file }))
		require.ErrorContains(t, err, test.want, name)
		require.ErrorContains(t, err, "auth.jwt.jwks_file", name)
	}
	_, err = jwtkey.New(config(func(c *jwtkey.Config) { c.Secret = sdk.Secret(secret[1:]) }))
	require.ErrorContains(t, err, "auth.jwt.secret is too short: use at least 32 bytes")
	require.NotContains(t, err.Error(), secret[1:])
}

func FuzzVerify(f *testing.F) {
	v := newVerifier(f, config())
	file := newVerifier(f, config(func(c *jwtkey.Config) { c.Secret, c.File = "", newKeys(f).write(f) }))
	good := hs256(f, nil)
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add(hs256(f, map[string]any{"scope": []string{"a"}, "exp": 1e300}))
	f.Fuzz(func(t *testing.T, token string) {
		for _, verifier := range []*jwtkey.Verifier{v, file} {
			if c, err := verifier.Verify(t.Context(), token); err == nil {
				require.Equal(t, "acme", c.Account)
			} else {
				require.True(t, sdk.IsCode(err, sdk.CodeUnauthenticated), "%v", err)
			}
		}
	})
}
