package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
)

func TestSubscriptionSettings(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	id := x.run("subscription", "create", "--url", "https://example.com/hooks", "--filter", "@testdata/filters.json", "--filter", `{"prefix":{"source":"/"}}`,
		"--max-in-flight", "4", "--max-per-second", "0.5", "--timeout", "20s", "--retry-schedule", "5s, 1m,1500ms", "--max-attempts", "6", "--traceparent", "false")
	x.run("subscription", "update", id, "--max-per-second", "50", "--timeout", "default", "--retry-schedule", "default", "--filter", "[]")
	x.run("subscription", "update", id, "--max-in-flight", "default", "--max-per-second", "default", "--max-attempts", "default", "--traceparent", "default")
	x.run("subscription", "update", id, "--enabled=false", "--disabled-reason", "Maintenance until Monday")
	x.fail("subscription", "update", id, "--disabled-reason", "Why not")
	x.fail("subscription", "update", id, "--enabled", "--disabled-reason", "Why not")
	x.fail("subscription", "update", id, "--max-in-flight", "0")
	x.fail("subscription", "update", id, "--max-in-flight", "many")
	x.fail("subscription", "update", id, "--max-in-flight", "1.5")
	x.fail("subscription", "update", id, "--max-in-flight", "")
	x.fail("subscription", "update", id, "--max-per-second", "null")
	x.fail("subscription", "update", id, "--timeout", "20")
	x.fail("subscription", "update", id, "--retry-schedule", "5s,,1m")
	x.fail("subscription", "update", id, "--retry-schedule", "5s,48h")
	x.fail("subscription", "update", id, "--traceparent", "maybe")
	x.fail("subscription", "update", id, "--filter", `{"any":[{"prefix":{"type":""}}]}`)
	x.fail("subscription", "update", id, "--max-in-flight", "2", "--if-match", `"1"`)
	x.golden("sending")
}

func TestSubscriptionAuthentication(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	password := write("password.txt", "hidden-word\n")
	out, err := x.try("", "subscription", "create", "--url", "https://example.com/hooks", "--basic-auth", "shop:@"+password)
	require.NoError(t, err)
	require.Regexp(t, `(?m)^basic auth +shop$`, out)
	id := ids.FindString(out)

	update := func(stdin string, args ...string) (string, error) {
		return x.try(stdin, append([]string{"subscription", "update", id}, args...)...)
	}
	certificate, key := newCertificate(t)
	out, err = update("hidden-word\n", "--oauth2", "urn:shop:1:-", "--oauth2-token-url", "https://auth.example.com/token", "--oauth2-scopes", "a,b",
		"--oauth2-audience", "x", "--client-certificate", write("client.pem", certificate), "--client-key", write("client.key", key))
	require.NoError(t, err)
	require.Regexp(t, `(?m)^oauth2 +urn:shop:1 at https://auth.example.com/token, scopes a,b, audience x$`, out)
	require.Regexp(t, `(?m)^client certificate +until 20`, out)
	require.NotContains(t, out, "basic auth")
	require.NotContains(t, x.server.Table(t, "subscriptions"), "hidden-word")
	text, err := x.try("", "subscription", "get", id, "-o", "json")
	require.NoError(t, err)
	shown, err := answer.Decode[switchhook.Subscription]([]byte(text))
	require.NoError(t, err)
	require.Equal(t, certificate, shown.Auth.Mtls.Certificate)

	for want, args := range map[string][]string{
		"--basic-auth: must be NAME:@FILE":                       {"--basic-auth", "shop:hidden-word"},
		"--basic-auth: the first line of":                        {"--basic-auth", "shop:@" + write("empty", "\nx")},
		"--basic-auth: open ":                                    {"--basic-auth", "shop:@" + dir + "/nothing"},
		"--basic-auth -: standard input is empty":                {"--basic-auth", "shop:-"},
		"--oauth2-token-url: ":                                   {"--oauth2", "shop:@" + password, "--oauth2-token-url", "http://auth.example.com"},
		"oauth2-token-url] are set they must all":                {"--oauth2", "shop:@" + password},
		"go with --oauth2":                                       {"--oauth2-scopes", "a"},
		"client-key] are set they must all":                      {"--client-certificate", password},
		"--client-certificate /certificate: ":                    {"--client-certificate", password, "--client-key", write("k", key)},
		"[basic-auth oauth2] are set none of the others":         {"--basic-auth", "a:-", "--oauth2", "b:-", "--oauth2-token-url", "c"},
		"name what to change":                                    {},
		"[no-auth basic-auth] are set none of the others can be": {"--no-auth", "--basic-auth", "a:@" + password},
	} {
		out, err := update("", args...)
		require.ErrorContains(t, err, want)
		require.NotContains(t, out+err.Error(), "hidden-word")
	}
	_, err = update("a\n", "--secret", "-", "--basic-auth", "b:-")
	require.ErrorContains(t, err, "cannot both read standard input")

	out, err = update("", "--no-auth")
	require.NoError(t, err)
	require.NotContains(t, out, "oauth2")
	require.NotContains(t, out, "client certificate")
}

// newCertificate makes a certificate and its key, in PEM.
func newCertificate(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}
