package cli_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/core/gateway/unified/unifiedtest"
	"github.com/switchhook/switchhook/gen/switchhook"
)

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	old := x.run("key", "create", "shop", "--scopes", "events:read")
	x.run("key", "rotate", old, "--overlap", "24h")
	x.fail("key", "rotate", old)
	x.fail("key", "rotate", old, "--overlap", "1500ms")
	x.fail("key", "rotate", old, "--overlap", "-1h")
	x.fail("key", "rotate", "1")
	ending := x.run("key", "create", "short", "--scopes", "events:read", "--expires-in", "1h")
	x.run("key", "rotate", ending, "--overlap", "24h")
	atOnce := x.run("key", "create", "leaked", "--scopes", "events:read")
	x.run("key", "rotate", atOnce)
	x.server.Exec(t, "UPDATE api_keys SET last_used_at = created_at")
	x.run("key", "list", "--state", "expired")
	x.fail("key", "list", "--state", "lost")
	x.golden("rotation")

	out, err := x.try("", "key", "list", "-o", "json")
	require.NoError(t, err)
	list, err := answer.Decode[switchhook.KeyList]([]byte(out))
	require.NoError(t, err)
	said := regexp.MustCompile(`The key ` + old + ` works until (\S+)\.\n`).FindStringSubmatch(x.seen.String())
	require.NotNil(t, said)
	for i := range list.Items {
		if list.Items[i].ID.String() == old {
			require.Equal(t, list.Items[i].ExpiresAt.UTC().Format(time.RFC3339), said[1], "what was said is so")
		}
	}
}

func TestPortalTokens(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	_, err := x.try("", "account", "create", "acme")
	require.NoError(t, err)
	out, err := x.try("", "portal-token", "create", "--account", "acme", "--scopes", "subscriptions:read", "--expires-in", "15m")
	require.NoError(t, err)
	token := regexp.MustCompile(`(?m)^token +(\S+)$`).FindStringSubmatch(out)
	require.NotNil(t, token, out)
	_, err = try(t, "", "subscription", "list", "--server", x.server.URL, "--key", token[1])
	require.NoError(t, err)
	_, err = try(t, "", "event", "list", "--server", x.server.URL, "--key", token[1])
	require.ErrorContains(t, err, "403")
	for want, args := range map[string][]string{
		"required flag":                        {},
		"/scopes":                              {"--scopes", "keys:write"},
		"--expires-in: must be whole seconds":  {"--scopes", "events:read", "--expires-in", "1ms"},
		"/expires_in_seconds: must be at most": {"--scopes", "events:read", "--expires-in", "48h"},
	} {
		_, err := x.try("", append([]string{"portal-token", "create"}, args...)...)
		require.ErrorContains(t, err, want)
	}
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	sub := x.run("subscription", "create", "--url", "https://example.com/hooks")
	x.run("subscription", "update", sub, "--events", "order.*", "--enabled=false")
	key := x.run("key", "create", "shop", "--scopes", "events:read")
	x.run("subscription", "delete", sub)
	x.run("audit", "list")
	x.run("audit", "list", "--resource", "subscription/"+sub, "--limit", "1")
	x.run("audit", "list", "--action", "CreateKey", "--from", "1h")
	x.run("audit", "list", "--to", "1h")
	x.run("audit", "list", "--actor", key)
	x.fail("audit", "list", "--actor", "somebody")
	x.fail("audit", "list", "--from", "yesterday")
	x.golden("audit")

	out, err := x.try("", "audit", "list", "--action", "UpdateSubscription", "-o", "json")
	require.NoError(t, err)
	log, err := answer.Decode[switchhook.AuditLog]([]byte(out))
	require.NoError(t, err)
	require.Len(t, log.Items, 1)
	require.Equal(t, true, (*log.Items[0].Before)["enabled"])
	require.Equal(t, false, (*log.Items[0].After)["enabled"])
	out, err = x.try("", "audit", "list", "-o", "yaml")
	require.NoError(t, err)
	require.Contains(t, out, "action: UpdateSubscription")
	require.NotContains(t, out, unifiedtest.OperatorKey)
}
