package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var linkOf = regexp.MustCompile(`(?:href|hx-get|src)="(/[^"#]*)`)

// crawl logs into the dashboard with a key and returns every page that its links
// lead to, by path, up to a number.
func (g *gateway) crawl(t *testing.T, key string) map[string]string {
	t.Helper()
	const most = 400
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	get := func(method, path string, form url.Values) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, g.base+path, strings.NewReader(form.Encode()))
		require.NoError(t, err)
		req.Header.Set("Accept", "text/html")
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := browser.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	status, first := get(http.MethodPost, "/ui/login", url.Values{"key": {key}})
	require.Equal(t, http.StatusOK, status, first)
	pages, waiting := map[string]string{"/": first}, []string{"/"}
	for len(waiting) > 0 && len(pages) < most {
		page := waiting[0]
		waiting = waiting[1:]
		for _, m := range linkOf.FindAllStringSubmatch(pages[page], -1) {
			path := html.UnescapeString(m[1])
			if _, known := pages[path]; known || !strings.HasPrefix(path, "/ui/") || strings.HasPrefix(path, "/ui/assets/") || strings.HasPrefix(path, "/ui/login") {
				continue
			}
			if strings.Contains(path, "/stream") || strings.Contains(path, "/live") {
				continue // which do not end
			}
			status, pages[path] = get(http.MethodGet, path, nil)
			require.Less(t, status, http.StatusInternalServerError, path)
			waiting = append(waiting, path)
		}
	}
	require.Empty(t, waiting, "there are more pages than %d", most)
	return pages
}

// requireCrawled checks that a page of a kind is among those crawled.
func requireCrawled(t *testing.T, pages map[string]string, kind string) {
	t.Helper()
	whole := regexp.MustCompile("^" + kind + "$")
	for path := range pages {
		if whole.MatchString(path) {
			return
		}
	}
	require.Fail(t, "the crawl does not come everywhere", "no page like %s among %d", kind, len(pages))
}
