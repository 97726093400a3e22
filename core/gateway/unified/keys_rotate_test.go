package unified_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRotateKeyAnswersTheNewToken(t *testing.T) {
	t.Parallel()
	w := start(t)
	old := w.post(t, "/v1/keys", `{"name":"ci","scopes":["keys:read"]}`, http.StatusCreated)
	next := w.post(t, "/v1/keys/"+old.id(t)+"/rotate", `{"overlap_seconds":3600}`, http.StatusCreated)
	require.Equal(t, "no-store", next.header.Get("Cache-Control"))
	require.Equal(t, "ci", next.get(t, "name"))
	require.Equal(t, []any{"keys:read"}, next.get(t, "scopes"))
	require.Equal(t, old.id(t), next.get(t, "client_id"))
	for _, k := range []answer{old, next} {
		token, _ := k.get(t, "token").(string)
		require.Equal(t, http.StatusOK, w.do(t, call{method: http.MethodGet, path: "/v1/keys", key: token}).status)
	}
	items, _ := w.get(t, "/v1/keys?state=active").items(t)
	require.Len(t, items, 3)
	for _, k := range items {
		if k["id"] == old.id(t) {
			require.Equal(t, next.id(t), k["replaced_by"])
			require.NotEmpty(t, k["expires_at"])
		}
	}
	a := w.do(t, call{method: http.MethodPost, path: "/v1/keys/" + old.id(t) + "/rotate", body: `{}`})
	require.Equal(t, http.StatusConflict, a.status, "%s", a.body)
	w.post(t, "/v1/keys/"+next.id(t)+"/rotate", `{}`, http.StatusCreated)
	items, _ = w.get(t, "/v1/keys?state=expired").items(t)
	require.Len(t, items, 1)
	items, _ = w.get(t, "/v1/keys?state=revoked").items(t)
	require.Empty(t, items)
}

// Who may make keys must not get at scopes by rotating those that have them.
func TestRotationGivesNoScopes(t *testing.T) {
	t.Parallel()
	w := start(t)
	limited := w.newKey(t, "keys:write", "keys:read")
	mighty := w.post(t, "/v1/keys", `{"name":"x","scopes":["events:write"]}`, http.StatusCreated).id(t)
	operator := w.post(t, "/v1/keys", `{"name":"x","operator":true}`, http.StatusCreated).id(t)
	own := w.post(t, "/v1/keys", `{"name":"x","scopes":["keys:read"]}`, http.StatusCreated).id(t)
	rotate := func(id, key string) int {
		return w.do(t, call{method: http.MethodPost, path: "/v1/keys/" + id + "/rotate", body: `{}`, key: key}).status
	}
	require.Equal(t, http.StatusForbidden, rotate(mighty, limited))
	require.Equal(t, http.StatusForbidden, rotate(operator, limited))
	require.Equal(t, http.StatusForbidden, rotate(operator, w.newKey(t, "*")))
	require.Equal(t, http.StatusNotFound, rotate(unknownID, limited))
	require.Equal(t, http.StatusCreated, rotate(own, limited))
	require.Equal(t, http.StatusCreated, rotate(operator, ""))
}

func TestPortalTokens(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	a := w.do(t, call{
		method: http.MethodPost, path: "/v1/portal-tokens", body: `{"scopes":["subscriptions:read","subscriptions:write","keys:read"]}`,
		headers: map[string]string{"Switchhook-Account": "acme"},
	})
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	token, _ := a.get(t, "token").(string)
	ends, err := time.Parse(time.RFC3339, fmt.Sprint(a.get(t, "expires_at")))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(time.Hour), ends, 10*time.Second)

	as := func(method, path, body string) int {
		return w.do(t, call{method: method, path: path, body: body, key: token}).status
	}
	w.post(t, "/v1/subscriptions", `{"url":"https://example.com/default"}`, http.StatusCreated)
	require.Equal(t, http.StatusCreated, as(http.MethodPost, "/v1/subscriptions", `{"url":"https://example.com/acme"}`))
	items, _ := w.do(t, call{method: http.MethodGet, path: "/v1/subscriptions", key: token}).items(t)
	require.Len(t, items, 1)
	require.Equal(t, "https://example.com/acme", items[0]["url"], "of its account alone")
	require.Equal(t, http.StatusOK, as(http.MethodGet, "/v1/keys", ""))
	require.Equal(t, http.StatusForbidden, as(http.MethodPost, "/v1/keys", `{"name":"x"}`))
	require.Equal(t, http.StatusForbidden, as(http.MethodPost, "/v1/portal-tokens", `{"scopes":["keys:read"]}`))
	require.Equal(t, http.StatusForbidden, as(http.MethodGet, "/v1/accounts", ""))
	require.Equal(t, http.StatusForbidden, as(http.MethodPost, "/v1/events", `{"type":"a.b"}`))
	for body, field := range map[string]string{
		`{"scopes":[]}`:                                     "/scopes",
		`{"scopes":["keys:write"]}`:                         "/scopes",
		`{"scopes":["*"],"expires_in_seconds":86401}`:       "/expires_in_seconds",
		`{"scopes":["subscriptions:read"],"operator":true}`: "/operator",
	} {
		a := w.do(t, call{method: http.MethodPost, path: "/v1/portal-tokens", body: body})
		require.Equal(t, http.StatusBadRequest, a.status, "%s", a.body)
		require.Contains(t, string(a.body), `"`+field+`"`)
	}
}
