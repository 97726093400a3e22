package main

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Signatures with a key pair, and secrets that overlap, from the command line.
func TestSubscriptionSecretsByCommand(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	g := startGateway(t, "")
	c := newConsole(t, g)
	public := regexp.MustCompile(`(?m)^setting +public_key=(whpk_\S+)$`)
	made := c.quiet(0, "subscription", "create", "--url", "https://example.com/hooks", "--setting", "signature=v1a")
	require.Regexp(t, `(?m)^setting +signature=v1a$`, made)
	before := public.FindStringSubmatch(made)
	require.NotNil(t, before, made)

	id := docIDs.FindString(made)
	rotated := c.quiet(0, "subscription", "rotate-secret", id, "--overlap", "1h")
	require.Regexp(t, `(?m)^old secret until +20`, rotated)
	require.NotEqual(t, before[1], public.FindStringSubmatch(rotated)[1])
	require.NotRegexp(t, `(?m)^old secret`, c.quiet(0, "subscription", "rotate-secret", id, "--overlap", "0s"))
	require.Contains(t, c.quiet(1, "subscription", "create", "--url", "https://example.com/hooks", "--setting", "signature=v9"), "--setting")
}
