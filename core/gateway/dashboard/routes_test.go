package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// noting is a writer that is told the route, as that of the gateway is.
type noting struct {
	*httptest.ResponseRecorder
	route string
}

func (n *noting) NoteRoute(route string) { n.route = route }

func TestRoutesAreTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	route := func(method, path string) string {
		out := &noting{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequest(method, path, strings.NewReader(""))
		r.AddCookie(c)
		w.dashboard.ServeHTTP(out, r)
		return out.route
	}
	ids := regexp.MustCompile(`[0-9a-f]{8}-|[0-9a-f]{32}|/standard`)
	for path := range pages {
		got := route(http.MethodGet, path)
		require.NotEmpty(t, got, path)
		require.False(t, ids.MatchString(got), got)
		require.Equal(t, strings.Count(path, "/"), strings.Count(got, "/"), "%s is %s", path, got)
	}
	for request, want := range map[string]string{
		"GET /":                             "/",
		"GET /ui/":                          "/ui/",
		"HEAD /ui/deliveries/" + deliveryID: "/ui/deliveries/{id}",
		"POST /ui/deliveries/" + deliveryID + "/retry":   "/ui/deliveries/{id}/retry",
		"GET /ui/providers/made-up":                      "/ui/providers/{name}",
		"GET /ui/assets/app.css":                         "/ui/assets/{file...}",
		"GET /ui/assets/no/such/file":                    "/ui/assets/{file...}",
		"GET /ui/no-such-page/" + deliveryID:             "",
		"DELETE /ui/deliveries/" + deliveryID:            "",
		"POST /ui/" + deliveryID:                         "",
		"GET /ui/login?next=%2Fui%2Fevents%2F" + eventID: "/ui/login",
	} {
		method, path, _ := strings.Cut(request, " ")
		require.Equal(t, want, route(method, path), request)
	}
}
