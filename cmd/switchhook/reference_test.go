package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
)

var (
	assetLinks  = regexp.MustCompile(`<(?:script|link|img)\b[^>]*\b(?:src|href)="([^"]*)"`)
	pageLinks   = regexp.MustCompile(`<a\b[^>]*\bhref="([^"#]*)"`)
	inlineCode  = regexp.MustCompile(`<script>|<style|\bon[a-z]+=|\bstyle=|javascript:`)
	documentRef = regexp.MustCompile(`data-document="([^"]*)"`)
)

// The reference at /docs has a page for each API, from its own document, and asks
// nothing of any other host: its policy forbids it, and all it links to is here.
func TestReference(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	list := g.readPage(t, "/docs")
	for _, name := range append(app.Bundled(), "v1") {
		require.Contains(t, list, `<a href="/docs/`+name+`">`)
		page := g.readPage(t, "/docs/"+name)
		require.Contains(t, page, `<a href="/docs">`, "the way back")
		ref := documentRef.FindStringSubmatch(page)
		require.NotNil(t, ref)
		document := g.do("GET", ref[1], "")
		require.Equal(t, http.StatusOK, document.status)
		doc, err := openapi3.NewLoader().LoadFromData(document.body)
		require.NoError(t, err)
		require.NotEmpty(t, doc.Info.Title)
		if name != "v1" {
			require.Equal(t, string(g.unified(http.StatusOK, "GET", "/v1/providers/"+name+"/openapi", "").body), string(document.body))
		}
	}
}

// readPage reads a page and follows its links.
func (g *gateway) readPage(t *testing.T, path string) string {
	t.Helper()
	page := g.do("GET", path, "")
	require.Equal(t, http.StatusOK, page.status)
	policy := page.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		require.Contains(t, strings.Split(policy, "; "), part)
	}
	text := string(page.body)
	require.NotRegexp(t, inlineCode, text)
	links := append(assetLinks.FindAllStringSubmatch(text, -1), pageLinks.FindAllStringSubmatch(text, -1)...)
	require.NotEmpty(t, links)
	for _, link := range links {
		require.Regexp(t, `^/docs\b`, link[1])
		require.Equal(t, http.StatusOK, g.do("GET", link[1], "").status, link[1])
	}
	return text
}
