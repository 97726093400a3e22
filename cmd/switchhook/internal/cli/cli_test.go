package cli_test

import (
	"bytes"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/cli"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/gateway/unified/unifiedtest"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var update = flag.Bool("update", false, "write the golden files anew")

// terminal runs commands against a server and keeps what they show.
type terminal struct {
	t      *testing.T
	server *unifiedtest.Server
	seen   bytes.Buffer
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	return &terminal{t: t, server: unifiedtest.Start(t, nil)}
}

// try runs a command with the operator's key.
func (x *terminal) try(stdin string, args ...string) (out string, err error) {
	x.t.Helper()
	return try(x.t, stdin, append(args, "--server", x.server.URL, "--key", unifiedtest.OperatorKey)...)
}

func try(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	root := cli.NewRoot("test")
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(stdin))
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// run runs a command that must succeed, keeps its output, and returns the first id in it.
func (x *terminal) run(args ...string) (id string) {
	x.t.Helper()
	out, err := x.try("", args...)
	require.NoError(x.t, err, "%v", args)
	x.keep(args, out)
	return ids.FindString(out)
}

// fail runs a command that must fail and keeps its error.
func (x *terminal) fail(args ...string) {
	x.t.Helper()
	out, err := x.try("", args...)
	require.Error(x.t, err, "%v", args)
	x.keep(args, out+"Error: "+err.Error()+"\n")
}

func (x *terminal) keep(args []string, out string) {
	x.seen.WriteString("$ switchhook " + strings.Join(args, " ") + "\n" + out + "\n")
}

var (
	ids     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	times   = regexp.MustCompile(`20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z`)
	tokens  = regexp.MustCompile(`swh_[0-9A-Za-z]{43}|whsec_[0-9A-Za-z+/=]{44}`)
	hints   = regexp.MustCompile(`swh_[0-9A-Za-z]{4}…`)
	scopes  = regexp.MustCompile(`known are \*, [a-z_:, ]+`) // a list that grows
	cursors = regexp.MustCompile(`--cursor [0-9A-Za-z_-]{22}`)
)

// golden compares what was seen, with what differs from run to run replaced by
// text of the same width.
func (x *terminal) golden(name string) {
	x.t.Helper()
	known := map[string]string{}
	text := ids.ReplaceAllStringFunc(x.seen.String(), func(id string) string {
		if known[id] == "" {
			known[id] = uuid.UUID{15: byte(len(known) + 1)}.String()
		}
		return known[id]
	})
	text = times.ReplaceAllString(text, "2026-11-21T09:00:00Z")
	text = tokens.ReplaceAllString(text, "<generated>")
	text = hints.ReplaceAllString(text, "swh_abcd…")
	text = scopes.ReplaceAllString(text, "known are *, …")
	text = cursors.ReplaceAllString(text, "--cursor <cursor>")
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(x.t, os.MkdirAll("testdata", 0o750))
		require.NoError(x.t, os.WriteFile(file, []byte(text), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(x.t, err)
	require.Equal(x.t, string(want), text)
}

func TestAccountsAndKeys(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.run("account", "create", "acme")
	x.run("account", "list")
	x.run("account", "list", "--limit", "1")
	x.run("account", "get", "acme")
	x.fail("account", "create", "acme")
	x.fail("account", "create", "Not a name")
	x.fail("account", "get", "nobody")
	id := x.run("key", "create", "shop backend", "--scopes", "events:write,deliveries:read", "--account", "acme")
	client := x.run("key", "create", "contact center", "--scopes", "hooks:read", "--client-id", "client-of-old", "--account", "acme")
	x.fail("key", "create", "again", "--client-id", "client-of-old", "--account", "acme")
	x.run("key", "list", "--account", "acme")
	x.run("key", "revoke", client, "--account", "acme")
	x.run("key", "revoke", id, "--account", "acme")
	x.fail("key", "revoke", "1")
	x.fail("key", "create", "a", "--scopes", "everything")
	x.fail("key", "create", "a", "--expires-in", "-1h")
	x.golden("accounts")
}

func TestTokensComeFromStandardInput(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	out, err := x.try("existing-token-0123456789\n", "key", "create", "legacy", "--token", "-", "--expires-in", "1h", "-o", "json")
	require.NoError(t, err)
	require.Contains(t, out, `"token": "existing-token-0123456789"`)
	require.Contains(t, out, `"expires_at"`)
	_, err = x.try("", "key", "create", "legacy", "--token", "-")
	require.ErrorContains(t, err, "standard input is empty")
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	id := x.run("subscription", "create", "--url", "https://example.com/hooks", "--events", "order.created,invoice.*", "--header", "X-Shop: 1", "--setting", "a=b")
	x.run("subscription", "create", "--provider", "vendor", "--name", "second", "--url", "https://example.com/v", "--events", "order_paid")
	x.run("subscription", "list")
	x.run("subscription", "list", "--limit", "1")
	x.run("subscription", "update", id, "--enabled=false", "--events", "order.*")
	x.run("subscription", "get", id)
	x.run("subscription", "rotate-secret", id)
	x.fail("subscription", "update", id, "--name", "x", "--if-match", `"1"`)
	x.fail("subscription", "update", id)
	x.fail("subscription", "create", "--url", "http://example.com", "--events", "a..b", "--provider", "vendor")
	x.fail("subscription", "create")
	x.fail("subscription", "create", "--url", "https://example.com", "--header", "nothing")
	x.run("subscription", "delete", id)
	x.fail("subscription", "get", id)
	x.golden("subscriptions")
}

func TestEvents(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	id := x.run("event", "publish", "--type", "order.created", "--data", `{"total": 1.0}`, "--source", "/shop", "--id", "1", "--attr", "platform=sms")
	x.run("event", "publish", "--type", "order.created", "--data", `{}`, "--source", "/shop", "--id", "1")
	x.run("event", "list", "--source", "/shop")
	x.run("event", "get", id)
	x.run("event", "get", id, "-o", "json")
	x.fail("event", "publish", "--type", "order.created", "--data", "{")
	x.fail("event", "publish", "--type", "order.created")
	x.fail("event", "publish", "--type", "order created", "--data", "1")
	x.fail("event", "publish", "--type", "a", "--data", "1", "--attr", "other=1")
	x.fail("event", "publish")
	x.fail("event", "get", uuid.UUID{15: 1}.String())
	x.golden("events")
}

func TestPublishFromFilesAndStandardInput(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	event := `{"specversion":"1.0","id":"7","source":"/s","type":"a.b","data":{"z":1.0, "a":2}}`
	file := filepath.Join(t.TempDir(), "event.json")
	require.NoError(t, os.WriteFile(file, []byte(event), 0o600))
	out, err := x.try("", "event", "publish", "--cloudevent", "@"+file)
	require.NoError(t, err)
	shown, err := x.try("", "event", "get", ids.FindString(out))
	require.NoError(t, err)
	require.Contains(t, shown, `{"z":1.0, "a":2}`, "the data is as it was")
	out, err = x.try("["+event+"]", "event", "publish", "--cloudevent", "-")
	require.NoError(t, err)
	require.Contains(t, out, "yes", "a duplicate")
	out, err = x.try(` {"z":1.0, "a":2}`, "event", "publish", "--type", "a.b", "--data", "-")
	require.NoError(t, err)
	shown, err = x.try("", "event", "get", ids.FindString(out))
	require.NoError(t, err)
	require.Contains(t, shown, `{"z":1.0, "a":2}`)
	_, err = x.try("", "event", "publish", "--cloudevent", "@"+file+".not")
	require.ErrorContains(t, err, "--cloudevent")
}

func TestDeliveriesAndProviders(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	sub := x.run("subscription", "create", "--url", "https://example.com/hooks")
	event := x.run("event", "publish", "--type", "order.created", "--data", "1")
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	id := delivery.NewID(uuid.MustParse(event), uuid.MustParse(sub))
	x.server.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{{
		Delivery: delivery.Delivery{
			AccountID: x.server.Default.ID, ID: id, EventKey: uuid.MustParse(event), SubscriptionID: uuid.MustParse(sub),
			Provider: "standard", EventType: "order.created", Status: sdk.DeliveryDead, AttemptCount: 1,
			FirstAttemptAt: at, CreatedAt: at, UpdatedAt: at,
		},
		Attempt: &delivery.Attempt{Attempt: sdk.Attempt{
			Number: 1, StartedAt: at, Duration: 12500 * time.Microsecond, ResponseStatus: 503, Error: "status 503\x1b[2J",
		}},
	}}})
	x.run("delivery", "list", "--event", event)
	x.run("delivery", "list", "--status", "delivered")
	x.run("delivery", "get", id.String())
	x.run("delivery", "retry", id.String())
	x.fail("delivery", "list", "--status", "lost")
	x.fail("delivery", "list", "--event", "1")
	x.run("provider", "list")
	x.run("provider", "get", "vendor")
	x.run("provider", "openapi", "vendor")
	x.fail("provider", "get", "nobody")
	x.golden("deliveries")
}

func TestConnectionErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	for want, args := range map[string][]string{
		"--server or SWITCHHOOK_URL":    {"--server", gone.URL, "--key", "a"},
		"is this a Switchhook gateway?": {"--server", other.URL, "--key", "a"},
		"must be a URL such as":         {"--server", "localhost:8080", "--key", "a"},
		"SWITCHHOOK_KEY":                {"--server", gone.URL},
		"table, json or yaml":           {"-o", "xml"},
	} {
		_, err := try(t, "", append([]string{"provider", "list"}, args...)...)
		require.ErrorContains(t, err, want)
	}
	x := newTerminal(t)
	_, err := try(t, "", "account", "list", "--server", x.server.URL, "--key", "swh_nobody")
	require.ErrorContains(t, err, "401")
	require.NotContains(t, err.Error(), "swh_nobody")
}

func TestSettingsComeFromTheEnvironment(t *testing.T) {
	x := newTerminal(t)
	t.Setenv("SWITCHHOOK_URL", x.server.URL)
	t.Setenv("SWITCHHOOK_KEY", unifiedtest.OperatorKey)
	t.Setenv("SWITCHHOOK_ACCOUNT", "nobody")
	_, err := try(t, "", "event", "list")
	require.ErrorContains(t, err, "no such account")
	_, err = try(t, "", "event", "list", "--account", "default")
	require.NoError(t, err)
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		require.NotEmpty(t, c.Short, c.CommandPath())
		if !c.HasSubCommands() {
			require.Contains(t, c.Example, c.CommandPath(), c.CommandPath())
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(cli.NewRoot("test"))
}
