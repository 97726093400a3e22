package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/cli"
)

// Both forms hold the same answer; YAML is read back as JSON was.
func TestEveryReadingCommandHasThreeForms(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	sub := x.run("subscription", "create", "--url", "https://example.com/hooks", "--header", "X-Shop: 1")
	event := x.run("event", "publish", "--type", "order.created", "--data", `{"b":1.50,"a":"\ud83d\ude00","c":"yes","d":null,"e":[]}`)
	key := x.run("key", "create", "reader", "--scopes", "events:read")
	require.NotEmpty(t, key)
	for _, args := range [][]string{
		{"account", "list"},
		{"account", "get", "default"},
		{"key", "list"},
		{"provider", "list"},
		{"provider", "get", "vendor"},
		{"subscription", "list"},
		{"subscription", "get", sub},
		{"event", "list"},
		{"event", "get", event},
		{"delivery", "list"},
		{"replay", "list"},
		{"event-type", "list"},
		{"audit", "list"},
		{"filter", "explain", "--filter", `{"expr":"data.b > 1"}`, "--event-id", event},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			table, err := x.try("", args...)
			require.NoError(t, err)
			require.False(t, json.Valid([]byte(table)), "%s", table)
			text, err := x.try("", append(args, "-o", "json")...)
			require.NoError(t, err)
			asYAML, err := x.try("", append(args, "--output=yaml")...)
			require.NoError(t, err)
			require.NotEqual(t, text, asYAML)
			var want, got any
			require.NoError(t, json.Unmarshal([]byte(text), &want))
			require.NoError(t, yaml.Unmarshal([]byte(asYAML), &got))
			again, err := json.Marshal(got)
			require.NoError(t, err)
			first, err := json.Marshal(want)
			require.NoError(t, err)
			require.JSONEq(t, string(first), string(again))
		})
	}
	out, err := x.try("", "event", "get", event, "-o", "yaml")
	require.NoError(t, err)
	require.Contains(t, out, "data:\n  b: 1.50\n  a: \"\\U0001F600\"\n  c: \"yes\"\n  d: null\n  e: []\n", "order and numbers as published")
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	sub := x.run("subscription", "create", "--provider", "vendor", "--name", "first", "--url", "https://example.com/hooks", "--events", "order_paid")
	event := x.run("event", "publish", "--type", "order.created", "--data", "1")
	key := x.run("key", "create", "reader", "--scopes", "events:read")
	x.run("account", "create", "acme")
	for want, args := range map[string][]string{
		sub + "\tvendor first https://example.com/hooks\n": {"subscription", "get", ""},
		event + "\torder.created /switchhook\n":            {"event", "get", event[:4]},
		key + "\treader\n":                                 {"key", "revoke", ""},
		"vendor\tVendor\n":                                 {"provider", "get", "v"},
		"acme\t":                                           {"event", "list", "--account", "a"},
		"json\n":                                           {"event", "list", "-o", ""},
		"dead,pending\n":                                   {"delivery", "list", "--status", "dead,"},
		"events:write\n":                                   {"key", "create", "x", "--scopes", ""},
		"events:read\n":                                    {"portal-token", "create", "--scopes", ""},
		"account,event_types\n":                            {"export", "--only", "account,"},
		sub + "\tvendor":                                   {"delivery", "list", "--subscription", ""},
		"standard\tStandard Webhooks\n":                    {"subscription", "create", "--provider", ""},
	} {
		// The word that is completed stands last, so the connection stands before it.
		at := len(args) - 1
		if strings.HasPrefix(args[at-1], "-") {
			at--
		}
		connection := []string{"--server", x.server.URL, "--key", "swh_operator-key-for-tests"}
		line := append(append(append([]string{"__complete"}, args[:at]...), connection...), args[at:]...)
		out, err := try(t, "", line...)
		require.NoError(t, err)
		require.Contains(t, out, want, "%v", args)
		require.Contains(t, out, ":4\n", "no file names")
	}
	out, err := try(t, "", "__complete", "subscription", "get", "--server", x.server.URL, "--key", "swh_operator-key-for-tests", sub, "")
	require.NoError(t, err)
	require.NotContains(t, out, sub, "there is one argument")
	out, err = try(t, "", "__complete", "subscription", "get", "--key", "a", "--server", "http://127.0.0.1:1", "")
	require.NoError(t, err)
	require.Equal(t, ":4", strings.SplitN(out, "\n", 2)[0], "no gateway, nothing completed")
}

func TestEveryParentSaysHowToConnect(t *testing.T) {
	t.Parallel()
	for _, c := range cli.NewRoot("test").Commands() {
		if c.HasSubCommands() {
			require.Contains(t, c.Long, "SWITCHHOOK_URL", c.CommandPath())
			require.NotNil(t, c.PersistentFlags().Lookup("output"), c.CommandPath())
		}
	}
}
