package unified_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func patchAccount(body string, headers map[string]string) call {
	return call{method: http.MethodPatch, path: "/v1/accounts/acme", body: body, headers: headers}
}

func TestAccountSettings(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	require.Equal(t, "off", made.get(t, "event_validation"))
	require.Equal(t, map[string]any{}, made.get(t, "limits"))
	read := w.get(t, "/v1/accounts/"+made.id(t))
	require.Equal(t, `"1"`, read.header.Get("ETag"))

	limits := map[string]any{"max_subscriptions": 3.0, "events_per_second": 1.5, "burst": 9.0, "max_event_bytes": 1000.0}
	a := w.do(t, patchAccount(`{"limits":{"max_subscriptions":3,"events_per_second":1.5,"burst":9,"max_event_bytes":1000}}`,
		map[string]string{"If-Match": `"1"`}))
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	require.Equal(t, `"2"`, a.header.Get("ETag"))
	require.Equal(t, limits, a.get(t, "limits"))
	a = w.do(t, patchAccount(`{"event_validation":"refuse"}`, map[string]string{"If-Match": "*"}))
	require.Equal(t, limits, a.get(t, "limits"), "what is not named stays")
	a = w.do(t, patchAccount(`{"event_validation":"warn"}`, map[string]string{"If-Match": `"1", "2"`}))
	require.Equal(t, http.StatusPreconditionFailed, a.status, "%s", a.body)
	a = w.do(t, patchAccount(`{"limits":{"max_subscriptions":null}}`, nil))
	require.Equal(t, map[string]any{}, a.get(t, "limits"), "limits are replaced as a whole")
	require.Equal(t, "refuse", w.get(t, "/v1/accounts/acme").get(t, "event_validation"))
}

func TestBadAccountSettings(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	for body, field := range map[string]string{
		`{}`:                                 "",
		`{"event_validation":"on"}`:          "/event_validation",
		`{"limits":{"events_per_second":0}}`: "/limits/events_per_second",
		`{"limits":{"burst":5}}`:             "/limits/burst",
		`{"limits":{"burst":0,"events_per_second":1}}`:  "/limits/burst",
		`{"limits":{"max_subscriptions":1.5}}`:          "/limits/max_subscriptions",
		`{"limits":{"max_event_bytes":99999999999999}}`: "/limits/max_event_bytes",
		`{"limits":{"events_per_minute":60}}`:           "/limits/events_per_minute",
		`{"name":"other"}`:                              "/name",
	} {
		a := w.do(t, patchAccount(body, nil))
		require.Equal(t, http.StatusBadRequest, a.status, "%s: %s", body, a.body)
		if field != "" {
			require.Contains(t, string(a.body), `"`+field+`"`, body)
		}
	}
	require.Equal(t, `"1"`, w.get(t, "/v1/accounts/acme").header.Get("ETag"))
	a := w.do(t, call{method: http.MethodPatch, path: "/v1/accounts/nobody", body: `{"event_validation":"off"}`})
	require.Equal(t, http.StatusNotFound, a.status)
	a = w.do(t, call{method: http.MethodPatch, path: "/v1/accounts/default", body: `{"event_validation":"off"}`, key: w.newKey(t, "*")})
	require.Equal(t, http.StatusForbidden, a.status, "an account does not set its own limits")
}
