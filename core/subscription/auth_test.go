package subscription_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// pair makes a certificate that ends at a time, and its key.
func pair(t *testing.T, ends time.Time, usage ...x509.ExtKeyUsage) *subscription.ClientCertificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "switchhook"}, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends, ExtKeyUsage: usage,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return &subscription.ClientCertificate{
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		PrivateKey:  sdk.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	}
}

func oauth2(change ...func(*subscription.OAuth2)) subscription.Auth {
	o := &subscription.OAuth2{TokenURL: "https://auth.example.com/token", ClientID: "id", ClientSecret: "TOP-SECRET", Scopes: []string{"hooks"}}
	for _, c := range change {
		c(o)
	}
	return subscription.Auth{OAuth2: o}
}

func basic(username string, password sdk.Secret) subscription.Auth {
	return subscription.Auth{Basic: &subscription.BasicAuth{Username: username, Password: password}}
}

func TestAuthIsChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", open), manifest("plain", open, func(m *sdk.Manifest) { m.URL.Schemes = []string{"http", "https"} }))
	good, other := pair(t, now.AddDate(1, 0, 0), x509.ExtKeyUsageClientAuth), pair(t, now.AddDate(1, 0, 0))
	mtls := func(certificate string, key sdk.Secret) subscription.Auth {
		return subscription.Auth{MTLS: &subscription.ClientCertificate{Certificate: certificate, PrivateKey: key}}
	}
	block := func(name, text string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: name, Bytes: []byte(text)}))
	}
	for name, c := range map[string]struct {
		auth    subscription.Auth
		field   string
		message string
	}{
		"two for one header": {subscription.Auth{Basic: basic("u", "p").Basic, OAuth2: oauth2().OAuth2}, "/auth", "give one of them"},
		"no username":        {basic("", "p"), "/auth/basic/username", "must not be empty"},
		"a colon":            {basic("a:b", "p"), "/auth/basic/username", "colon"},
		"a line break":       {basic("a\r\nb", "p"), "/auth/basic/username", "control characters"},
		"a long one":         {basic(strings.Repeat("a", 1025), "p"), "/auth/basic/username", "at most 1024"},
		"no password":        {basic("u", ""), "/auth/basic/password", "must not be empty"},
		"a masked password":  {basic("u", sdk.Redacted), "/auth/basic/password", "send the secret itself"},
		"no UTF-8":           {basic("u", "\xff"), "/auth/basic/password", "UTF-8"},
		"a masked secret":    {oauth2(func(o *subscription.OAuth2) { o.ClientSecret = sdk.Redacted }), "/auth/oauth2/client_secret", "send the secret itself"},
		"no client":          {oauth2(func(o *subscription.OAuth2) { o.ClientID = "" }), "/auth/oauth2/client_id", "must not be empty"},
		"a token URL within": {oauth2(func(o *subscription.OAuth2) { o.TokenURL = "https://refused.example.com" }), "/auth/oauth2/token_url", "refused by the guard"},
		"a plain token URL":  {oauth2(func(o *subscription.OAuth2) { o.TokenURL = "http://auth.example.com" }), "/auth/oauth2/token_url", "https://"},
		"a scope with space": {oauth2(func(o *subscription.OAuth2) { o.Scopes = []string{"a", "b c"} }), "/auth/oauth2/scopes/1", "visible ASCII"},
		"too many scopes":    {oauth2(func(o *subscription.OAuth2) { o.Scopes = make([]string, 51) }), "/auth/oauth2/scopes", "at most 50"},
		"a bad audience":     {oauth2(func(o *subscription.OAuth2) { o.Audience = "\n" }), "/auth/oauth2/audience", "control characters"},
		"no certificate":     {mtls("hello", good.PrivateKey), "/auth/mtls/certificate", "BEGIN CERTIFICATE"},
		"another block":      {mtls(block("CERTIFICATE", "hello"), good.PrivateKey), "/auth/mtls/certificate", "no certificate"},
		"no key":             {mtls(good.Certificate, "hello"), "/auth/mtls/private_key", "BEGIN PRIVATE KEY"},
		"a locked key":       {mtls(good.Certificate, sdk.Secret(block("ENCRYPTED PRIVATE KEY", "hello"))), "/auth/mtls/private_key", "without a passphrase"},
		"a broken key":       {mtls(good.Certificate, sdk.Secret(block("PRIVATE KEY", "hello"))), "/auth/mtls/private_key", "does not belong"},
		"another's key":      {mtls(good.Certificate, other.PrivateKey), "/auth/mtls/private_key", "does not belong"},
		"a masked key":       {mtls(good.Certificate, sdk.Redacted), "/auth/mtls/private_key", "send the key itself"},
		"a huge one":         {mtls(strings.Repeat("a", 32<<10+1), good.PrivateKey), "/auth/mtls", "at most 32768 bytes"},
		"an expired one":     {subscription.Auth{MTLS: pair(t, now.Add(-time.Second))}, "/auth/mtls/certificate", "expired at 2026-11-21T10:11:11Z"},
		"a server's":         {subscription.Auth{MTLS: pair(t, now.AddDate(1, 0, 0), x509.ExtKeyUsageServerAuth)}, "/auth/mtls/certificate", "client authentication"},
	} {
		_, err := b.CreateWith(t.Context(), b.owner("p"), spec(), subscription.Options{Auth: c.auth})
		requireField(t, err, c.field, c.message, name)
		require.NotContains(t, fmt.Sprintf("%+v", sdk.AsError(err)), "TOP-SECRET", name)
	}
	_, err := b.CreateWith(t.Context(), b.owner("plain"), spec(func(s *sdk.SubscriptionSpec) { s.URL = "http://example.com" }), subscription.Options{Auth: subscription.Auth{MTLS: good}})
	requireField(t, err, "/auth/mtls", "https://", "no TLS")
	header := func(s *sdk.SubscriptionSpec) {
		s.Headers = []sdk.Header{{Name: "X-A", Value: "1"}, {Name: "authorization", Value: "x"}}
	}
	_, err = b.CreateWith(t.Context(), b.owner("p"), spec(header), subscription.Options{Auth: basic("u", "p")})
	requireField(t, err, "/headers/1/name", "remove one of the two", "a header of its own")
	for name, auth := range map[string]subscription.Auth{
		"none": {}, "basic": basic("ü", "p:w"), "oauth2": oauth2(), "mtls": {MTLS: good},
		"both": {Basic: basic("u", "p").Basic, MTLS: good}, "a chain": mtls(good.Certificate+other.Certificate, good.PrivateKey),
	} {
		_, err := b.CreateWith(t.Context(), b.owner("p"), spec(), subscription.Options{Auth: auth})
		require.NoError(t, err, name)
	}
}

func TestAnOldCertificateDoesNotStandInTheWayOfOtherChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", open))
	cert := pair(t, now.Add(time.Hour))
	sub, err := b.CreateWith(t.Context(), b.owner("p"), spec(), subscription.Options{Auth: subscription.Auth{MTLS: cert}})
	require.NoError(t, err)
	require.Equal(t, now.Add(time.Hour).Truncate(time.Second), cert.Expires())
	sub.Options.Auth.MTLS = pair(t, now.Add(-time.Hour))
	require.NoError(t, b.store.InAccount(t.Context(), b.account, func(tx subscription.Tx) error { return tx.Update(sub) }))
	_, err = b.Update(t.Context(), subscription.ByID(b.account, sub.ID), 0, sdk.SubscriptionPatch{Name: new("x")})
	require.NoError(t, err)
	// And a vendor's own way to change it is bound by what stands there.
	_, _, err = b.Put(t.Context(), b.owner("p"), spec(func(s *sdk.SubscriptionSpec) { s.Headers = []sdk.Header{{Name: "X", Value: "y"}} }))
	require.NoError(t, err)
	got, err := b.Get(t.Context(), subscription.ByID(b.account, sub.ID))
	require.NoError(t, err)
	require.NotNil(t, got.Options.Auth.MTLS, "it stays")
}

func TestASnapshotReadsACertificateOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", open))
	sub, err := b.CreateWith(t.Context(), b.owner("p"), spec(), subscription.Options{Auth: subscription.Auth{MTLS: pair(t, now.Add(time.Hour))}})
	require.NoError(t, err)
	b.create(t, b.owner("p"), spec(named("none")))
	read := func() *subscription.Subscription {
		s, err := b.index.Snapshot(t.Context(), b.account)
		require.NoError(t, err)
		found, ok := s.Get(sub.ID)
		require.True(t, ok)
		return found
	}
	first, err := read().TLSCertificate()
	require.NoError(t, err)
	require.NotNil(t, first)
	b.create(t, b.owner("p"), spec(named("another")))
	again, err := read().TLSCertificate()
	require.NoError(t, err)
	require.Same(t, first, again)
}

func TestAuthDoesNotShowItsSecrets(t *testing.T) {
	t.Parallel()
	o := subscription.Options{Auth: oauth2()}
	o.Auth.Basic = basic("u", "TOP-SECRET").Basic
	o.Auth.MTLS = &subscription.ClientCertificate{Certificate: "c", PrivateKey: "TOP-SECRET"}
	text, err := json.Marshal(o)
	require.NoError(t, err)
	shown := string(text) + fmt.Sprintf("%v %+v %#v", *o.Auth.Basic, *o.Auth.OAuth2, *o.Auth.MTLS)
	require.NotContains(t, shown, "TOP-SECRET")
	require.Contains(t, shown, sdk.Redacted)
}
