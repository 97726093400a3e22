package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const declared = `subscriptions:
  - name: orders
    url: https://example.com/orders
    events: [order.*]
    headers:
      - { name: X-Shop, value: "${SHOP_TOKEN}" }
  - name: presence
    provider: vonage
    url: https://example.com/presence
    events: [agent.presencechanged.v1]
    secret: ${PRESENCE_SECRET}
`

const presenceSecret = "PRESENCE_SECRET=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+"

// file writes a file into the directory that commands run in.
func (c *console) file(name, text string) {
	c.t.Helper()
	require.NoError(c.t, os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600))
}

func TestApply(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	g := startGateway(t, "")
	c := newConsole(t, g, "SHOP_TOKEN=hidden-word", presenceSecret)
	c.file("subscriptions.yaml", declared)
	c.run(2, "apply", "-f", "subscriptions.yaml", "--dry-run")
	require.NotContains(t, c.quiet(0, "subscription", "list"), "orders", "a dry run changes nothing")
	require.Contains(t, c.quiet(1, "apply", "-f", "subscriptions.yaml"), "--yes", "nobody can be asked")
	c.run(0, "apply", "-f", "subscriptions.yaml", "--yes")
	c.run(0, "apply", "-f", "subscriptions.yaml", "--yes")

	c.file("subscriptions.yaml", strings.Replace(declared, "order.*", "order.created", 1))
	c.run(0, "apply", "-f", "subscriptions.yaml", "--yes")
	require.Contains(t, c.quiet(0, "apply", "-f", "subscriptions.yaml", "--yes"), "Nothing to change: 2 as declared.")
	c.quiet(0, "subscription", "create", "--url", "https://example.com/other")
	require.Contains(t, c.quiet(0, "apply", "-f", "subscriptions.yaml", "--yes"), "1 not named in the file")
	c.run(0, "apply", "-f", "subscriptions.yaml", "--yes", "--prune")
	require.NotContains(t, c.quiet(0, "subscription", "list"), "other")

	again := c.quiet(0, "apply", "-f", "subscriptions.yaml", "--yes", "--secrets")
	require.Contains(t, again, "secret  set again")
	require.Contains(t, again, "headers  set again")
	inPage(t, "apply", c.seen.String())
	require.NotContains(t, c.seen.String(), "hidden-word")
}

// Every mistake is told with its line and field, and nothing is changed.
func TestApplyRefusesABadFile(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	g := startGateway(t, "")
	c := newConsole(t, g)
	c.file("bad.yaml", `subscriptions:
  - name: orders
    url: 17
    event: [order.*]
    secret: ${NO_SUCH_SECRET}
  - provider: standard
  - name: orders
    url: https://example.com/orders
others: []
`)
	out := c.run(1, "apply", "-f", "bad.yaml", "--yes")
	inPage(t, "bad-file", c.seen.String())
	for _, want := range []string{
		"bad.yaml:3: subscriptions[0].url:", "bad.yaml:4: subscriptions[0].event:", "bad.yaml:5: subscriptions[0].secret:",
		"NO_SUCH_SECRET", "bad.yaml:6: subscriptions[1].url:", "bad.yaml:7: subscriptions[2]: is the same subscription as that of line 2", "bad.yaml:9: others:",
	} {
		require.Contains(t, out, want)
	}
	for text, want := range map[string]string{
		"":                      "standard input:1: the file is empty",
		"subscriptions:\n\t- a": "standard input:2: is not YAML",
		"[]":                    "standard input:1: must be a mapping",
		"{}":                    "standard input:1: declares nothing",
		"subscriptions: 1":      "standard input:1: subscriptions: must be a list",
		"subscriptions: [1]":    "subscriptions[0]: must be a mapping",
		"subscriptions: [{name: a, name: b, url: https://example.com}]":               "subscriptions[0].name: is stated twice",
		"subscriptions:\n- {name: a, url: https://example.com, secret: '[REDACTED]'}": "subscriptions[0].secret: the gateway does not show this value",
		"a: &a [*a]": "standard input:1:",
	} {
		require.Contains(t, c.with(text, 1, "apply", "-f", "-", "--yes"), want, text)
	}
	require.Contains(t, c.quiet(1, "apply", "-f", "nowhere.yaml", "--yes"), "nowhere.yaml")
	// What only the gateway knows is told by line too, and does not stop the rest.
	out = c.with("subscriptions:\n- name: a\n  provider: vonage\n  events: [no.such.v1]\n  url: ftp://example.com\n- name: b\n  url: https://example.com/\n", 1, "apply", "-f", "-", "--yes")
	require.Contains(t, out, "1 of 2 changes failed")
	require.Contains(t, out, "standard input:5: subscriptions[0].url: ")
	require.Contains(t, c.quiet(0, "subscription", "list"), "https://example.com/")
}

// What is exported is as declared on the same account, and makes the same
// subscriptions on another one.
func TestExportIsApplied(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	g := startGateway(t, "")
	c := newConsole(t, g, "SHOP_TOKEN=hidden-word", presenceSecret)
	c.file("subscriptions.yaml", declared)
	c.quiet(0, "apply", "-f", "subscriptions.yaml", "--yes")
	c.quiet(0, "subscription", "create", "--url", "https://example.com/nameless?x=${a}", "--enabled=false")
	out := c.run(0, "subscription", "export")
	inPage(t, "export", c.seen.String())
	require.NotContains(t, out, "hidden-word")
	require.Contains(t, c.with(out, 0, "apply", "-f", "-"), "Nothing to change: 3 as declared.")

	c.quiet(0, "account", "create", "acme")
	require.Contains(t, c.with(out, 1, "apply", "-f", "-", "--yes", "--account", "acme"), "[0].value: the gateway does not show this value")
	c.with(strings.ReplaceAll(out, "'[REDACTED]'", "${SHOP_TOKEN}"), 0, "apply", "-f", "-", "--yes", "--account", "acme")
	require.Contains(t, c.with(out, 0, "apply", "-f", "-", "--account", "acme"), "Nothing to change: 3 as declared.")
	require.Contains(t, c.quiet(0, "subscription", "list", "--account", "acme"), "nameless?x=${a}")
}

const declaredAccount = `account:
  event_validation: warn
  limits: { max_subscriptions: 50, events_per_second: 100 }
event_types:
  - name: order.created
    description: An order was made
    schema: { type: object, required: [order] }
    example: { order: "4711" }
`

// A file has an account's settings and event types too, each part as it is stated.
func TestApplyAnAccount(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	g := startGateway(t, "")
	c := newConsole(t, g, "SWITCHHOOK_ACCOUNT=acme")
	c.quiet(0, "account", "create", "acme", "--account", "default")
	c.quiet(0, "subscription", "create", "--url", "https://example.com/other")
	c.file("account.yaml", declaredAccount)
	c.run(0, "apply", "-f", "account.yaml", "--yes")
	require.Contains(t, c.quiet(0, "apply", "-f", "account.yaml", "--yes", "--prune"), "Nothing to change: 2 as declared.")

	c.file("account.yaml", strings.NewReplacer("events_per_second: 100", "events_per_second: null", ", required: [order]", "", "order was made", "order is there").Replace(declaredAccount))
	c.run(0, "apply", "-f", "account.yaml", "--yes")
	require.Contains(t, c.quiet(0, "apply", "-f", "account.yaml", "--yes"), "Nothing to change: 2 as declared.")
	inPage(t, "apply-account", c.seen.String())
	require.Contains(t, c.quiet(0, "event-type", "get", "order.created"), `{"order":"4711"}`, "what a change does not name stays")
	limits := c.quiet(0, "account", "get", "acme")
	require.Regexp(t, `(?m)^most subscriptions +50$`, limits)
	require.NotContains(t, limits, "events a second")

	c.quiet(0, "event-type", "set", "order.lost")
	require.Contains(t, c.quiet(0, "apply", "-f", "account.yaml"), "1 not named in the file")
	require.Contains(t, c.with("event_types: []", 0, "apply", "-f", "-", "--prune", "--yes"), "deleted event type order.lost")
	require.Contains(t, c.quiet(0, "subscription", "list"), "https://example.com/other", "the file has no list of them")
	out := c.with("event_types:\n- name: order.created\n  schema:\n    type: thing\n", 1, "apply", "-f", "-", "--yes")
	require.Regexp(t, `standard input:[34]: event_types\[0\]\.schema`, out)
}

// What is exported of an account is as declared there, and makes another one alike.
func TestExportAnAccount(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	g := startGateway(t, "")
	c := newConsole(t, g)
	c.quiet(0, "account", "create", "acme")
	c.with(declaredAccount, 0, "apply", "-f", "-", "--yes", "--account", "acme")
	c.quiet(0, "subscription", "create", "--url", "https://example.com/hooks", "--account", "acme", "--filter", `{"expr":"data.total > 100"}`, "--timeout", "20s")
	out := c.quiet(0, "export", "--account", "acme")
	require.Contains(t, c.with(out, 0, "apply", "-f", "-", "--account", "acme"), "Nothing to change: 3 as declared.")
	c.quiet(0, "account", "create", "twin")
	c.with(out, 0, "apply", "-f", "-", "--account", "twin", "--yes")
	require.Equal(t, out, c.quiet(0, "export", "--account", "twin"))

	require.NotContains(t, c.quiet(0, "export", "--account", "acme", "--only", "event_types"), "subscriptions:")
	require.Contains(t, c.quiet(1, "export", "--only", "keys"), `--only: "keys" must be one of account, event_types, subscriptions`)
	made := c.quiet(0, "key", "create", "own", "--account", "acme", "--scopes", "*")
	own := newConsole(t, g, "SWITCHHOOK_KEY="+docTokens.FindString(made))
	out = own.quiet(0, "export")
	require.Contains(t, out, "settings are left out")
	require.NotContains(t, out, "account:\n")
	require.Contains(t, out, "order.created")
	require.Contains(t, own.with(declaredAccount, 1, "apply", "-f", "-"), "settings of the account: ")
}
