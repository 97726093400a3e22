package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const root = "../../../.."

// The pages in docs/ are those that the adapters make today, and no others.
func TestPagesAreCurrent(t *testing.T) {
	t.Parallel()
	all, err := pages(root)
	require.NoError(t, err)
	require.Len(t, all, 9)
	files, err := filepath.Glob(filepath.Join(root, providersDir, "*"))
	require.NoError(t, err)
	require.Len(t, files, len(all)-3)
	for name, want := range all {
		have, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(have), "%s is out of date: run 'make generate' and commit", name)
	}
}

// code spans may hold what looks like a link: patterns do.
var codeSpan = regexp.MustCompile("`[^`\n]*`")

func TestLinksLead(t *testing.T) {
	t.Parallel()
	all, err := pages(root)
	require.NoError(t, err)
	checked := 0
	for name, text := range all {
		for _, part := range strings.Split(codeSpan.ReplaceAllString(string(text), "code"), "](")[1:] {
			target, _, _ := strings.Cut(part, ")")
			target, _, _ = strings.Cut(target, "#")
			if strings.Contains(target, "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(root, filepath.Dir(name), target))
			require.NoError(t, err, "%s links to %s", name, target)
			checked++
		}
	}
	require.Greater(t, checked, 50)
}

func TestWriteRemovesStalePages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "openapi"), os.DirFS(filepath.Join(root, "openapi"))))
	stale := filepath.Join(dir, providersDir, "gone.md")
	require.NoError(t, os.MkdirAll(filepath.Dir(stale), 0o750))
	require.NoError(t, os.WriteFile(stale, nil, 0o600))
	require.NoError(t, write(dir))
	require.NoFileExists(t, stale)
	require.FileExists(t, filepath.Join(dir, providersDir, "callbell.md"))
	require.FileExists(t, filepath.Join(dir, eventsPage))
}

func TestWords(t *testing.T) {
	t.Parallel()
	p := provider{Manifest: sdk.Manifest{
		Limits: []sdk.Limit{{Scope: sdk.LimitScopeNamespace, Max: 3}}, UniqueName: true,
		Secret: sdk.SecretPolicy{Bytes: 4, Encoding: sdk.SecretEncodingHex, Prefix: "p_"},
		Delivery: sdk.DeliveryPolicy{
			Timeout: 1500 * time.Millisecond, Schedule: []time.Duration{time.Second, 90 * time.Second, time.Hour}, MaxAttempts: 4,
			DisableAfter: 48 * time.Hour,
		},
	}}
	require.Equal(t, "at most 3 a namespace, each with a name of its own", p.Limits())
	require.Equal(t, "the subscriber's own, where the API takes one; `POST /v1/subscriptions/{id}/secret` generates one: "+
		"4 random bytes in hexadecimal after `p_`", p.Secrets())
	require.Equal(t, "200–299 within 1.5s", p.Success())
	require.Equal(t, "after 1 s, 90 s, 1 h; 4 attempts", p.Retries())
	require.Equal(t, "by an answer 410, or when every attempt has failed for 48 h", p.Disabling())
	p.Manifest.Delivery.MaxAttempts, p.Manifest.Delivery.Budget, p.Manifest.Delivery.Jitter = 0, time.Minute, 0.25
	require.Equal(t, "after 1 s, 90 s, then every 1 h; for 1 min; each wait changed at random by up to 25 %", p.Retries())

	require.Equal(t, "`a \\| b`", code("a |\n b"))
	require.Equal(t, "``a`b``", code("a`b"))
	require.Equal(t, "—", natives(nil, "a.b"))
	require.Equal(t, "`x` (`/d` is `in`)<br>`y`", natives([]sdk.EventType{
		{Name: "x", Canonical: []string{"a.b"}, When: []sdk.Filter{{Key: "/d", Value: "in"}}}, {Name: "z"}, {Name: "y", Canonical: []string{"a.b"}},
	}, "a.b"))
}
