package unified_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
)

// caller is a kind of key, or of what is sent in its place.
type caller struct {
	name    string
	key     string
	account string
	// status is what it is always answered; 0: what it may do decides.
	status   int
	scopes   []string
	operator bool
	portal   bool
}

// may tells whether the caller has what an operation asks for: its
// x-required-scope, and nothing else.
func (c caller) may(scope string) bool {
	switch {
	case c.operator:
		return true
	case scope == "":
		return true
	case scope == account.ScopeOperator, c.portal && scope == account.ScopeKeysWrite:
		return false
	default:
		return slices.Contains(c.scopes, scope) || slices.Contains(c.scopes, account.ScopeAll)
	}
}

// callers are every kind of key there is, each scope alone among them.
func callers(t *testing.T, w *world) []caller {
	t.Helper()
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	token := func(path, body string) (id, token string) {
		a := w.post(t, path, body, http.StatusCreated)
		return a.id(t), fmt.Sprint(a.get(t, "token"))
	}
	revokedID, revoked := token("/v1/keys", `{"name":"revoked"}`)
	require.Equal(t, http.StatusNoContent, w.do(t, call{method: http.MethodDelete, path: "/v1/keys/" + revokedID}).status)
	expiredID, expired := token("/v1/keys", `{"name":"expired","scopes":["*"]}`)
	w.post(t, "/v1/keys/"+expiredID+"/rotate", `{}`, http.StatusCreated)
	_, all := token("/v1/keys", `{"name":"all","scopes":["*"]}`)
	_, portal := token("/v1/portal-tokens", `{"scopes":["*"]}`)
	_, narrow := token("/v1/portal-tokens", `{"scopes":["events:read"]}`)
	out := []caller{
		{name: "no key", status: http.StatusUnauthorized},
		{name: "a wrong key", key: "swh_wrong", status: http.StatusUnauthorized},
		{name: "a revoked key", key: revoked, status: http.StatusUnauthorized},
		{name: "an expired key", key: expired, status: http.StatusUnauthorized},
		{name: "a key for another account", key: all, account: "acme", status: http.StatusForbidden},
		{name: "a portal token for another account", key: portal, account: "acme", status: http.StatusForbidden},
		{name: "every scope", key: all, scopes: []string{"*"}},
		{name: "an operator", operator: true},
		{name: "an operator for another account", account: "acme", operator: true},
		{name: "an operator for nobody", account: "nobody", status: http.StatusNotFound},
		{name: "a portal token", key: portal, scopes: []string{"*"}, portal: true},
		{name: "a portal token with one scope", key: narrow, scopes: []string{"events:read"}, portal: true},
	}
	for _, scope := range account.Scopes() {
		out = append(out, caller{name: "only " + scope, key: w.newKey(t, scope), scopes: []string{scope}})
	}
	return out
}

// Every operation of the document, those that come to it later too, is open to
// those who hold what it asks for, and to nobody else.
func TestEveryOperationIsOpenToWhomTheDocumentSays(t *testing.T) {
	t.Parallel()
	w := start(t)
	all := callers(t, w)
	for path, item := range w.document.Paths.Map() {
		for method, o := range item.Operations() {
			scope, _ := o.Extensions["x-required-scope"].(string)
			public := o.Security != nil && len(*o.Security) == 0
			require.True(t, scope == "" || scope == account.ScopeOperator || slices.Contains(account.Scopes(), scope), "%s asks for %q", o.OperationID, scope)
			for _, c := range all {
				a := w.do(t, probe(method, filled(item, o, path), c))
				name := fmt.Sprintf("%s by %s: %s", o.OperationID, c.name, a.body)
				switch {
				case public:
					require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, a.status, name)
				case c.status != 0:
					require.Equal(t, c.status, a.status, name)
				case c.may(scope):
					require.False(t, refused(t, a), name)
				default:
					require.Equal(t, http.StatusForbidden, a.status, name)
					require.Equal(t, "denied", a.get(t, "code"), name)
				}
			}
		}
	}
}

// refused tells whether the answer is about who asks.
func refused(t *testing.T, a answer) bool {
	t.Helper()
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
}

// probe is a request that changes nothing that others need: its body is JSON of
// the wrong kind, and what its path names does not exist.
func probe(method, path string, c caller) call {
	out := call{method: method, path: path, key: c.key, anonymous: c.name == "no key", headers: map[string]string{}}
	if method != http.MethodGet && method != http.MethodDelete {
		out.body = `[]`
	}
	if c.account != "" {
		out.headers["Switchhook-Account"] = c.account
	}
	return out
}

// filled is a path with parameters that name nothing.
func filled(item *openapi3.PathItem, o *openapi3.Operation, path string) string {
	for _, p := range slices.Concat(item.Parameters, o.Parameters) {
		if p.Value.In != openapi3.ParameterInPath {
			continue
		}
		value := "nothing"
		if p.Value.Schema.Value.Format == "uuid" {
			value = unknownID
		}
		path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", value)
	}
	return path
}

// The audit log shows nothing of what its changes kept secret.
func TestTheAuditLogShowsNoSecrets(t *testing.T) {
	t.Parallel()
	w := start(t)
	const marked = "MARKED-SECRET"
	given := "whsec_" + "TUFSS0VELVNFQ1JFVC0wMTIzNDU2Nzg5MDEyMzQ1Njc4OQ=="
	sub := w.post(t, "/v1/subscriptions", `{"url":"https://example.com/a","secret":"`+given+`",
		"headers":[{"name":"X-Api-Key","value":"`+marked+`"}],"auth":{"basic":{"username":"u","password":"`+marked+`"}}}`, http.StatusCreated)
	secrets := []string{marked, given}
	patched := w.do(t, call{method: http.MethodPatch, path: "/v1/subscriptions/" + sub.id(t), body: `{"name":"n","headers":[{"name":"X-Api-Key","value":"` + marked + `2"}]}`})
	require.Equal(t, http.StatusOK, patched.status, "%s", patched.body)
	rotated := w.do(t, call{method: http.MethodPost, path: "/v1/subscriptions/" + sub.id(t) + "/secret", body: `{}`})
	require.Equal(t, http.StatusOK, rotated.status, "%s", rotated.body)
	secrets = append(secrets, fmt.Sprint(rotated.get(t, "secret")))
	key := w.post(t, "/v1/keys", `{"name":"k","token":"`+marked+`-token-of-a-key"}`, http.StatusCreated)
	next := w.post(t, "/v1/keys/"+key.id(t)+"/rotate", `{"overlap_seconds":60}`, http.StatusCreated)
	portal := w.post(t, "/v1/portal-tokens", `{"scopes":["*"]}`, http.StatusCreated)
	secrets = append(secrets, fmt.Sprint(next.get(t, "token")), fmt.Sprint(portal.get(t, "token")))
	require.Equal(t, http.StatusNoContent, w.do(t, call{method: http.MethodDelete, path: "/v1/subscriptions/" + sub.id(t), key: fmt.Sprint(portal.get(t, "token"))}).status)
	require.Equal(t, http.StatusNoContent, w.do(t, call{method: http.MethodDelete, path: "/v1/keys/" + next.id(t)}).status)
	w.do(t, call{method: http.MethodPatch, path: "/v1/accounts/default", body: `{"event_validation":"warn"}`})

	log := w.get(t, "/v1/audit-log?limit=100")
	for _, s := range secrets {
		require.NotContains(t, string(log.body), s)
	}
	require.NotContains(t, w.Table(t, "audit_log"), marked)
	items, _ := log.items(t)
	var actions []string
	for _, e := range items {
		actions = append(actions, fmt.Sprint(e["action"]))
		require.NotEmpty(t, e["request_id"])
	}
	require.Equal(t, []string{
		"UpdateAccount", "RevokeKey", "DeleteSubscription", "CreatePortalToken", "RotateKey", "RotateKey", "CreateKey",
		"RotateSubscriptionSecret", "UpdateSubscription", "CreateSubscription",
	}, actions)
	deleted := items[2]
	require.Equal(t, true, deleted["actor"].(map[string]any)["portal"])
	require.Nil(t, deleted["after"])
	updated := items[8]
	require.Equal(t, sub.id(t), updated["resource"].(map[string]any)["id"])
	require.NotContains(t, updated["before"], "name")
	require.Equal(t, "n", updated["after"].(map[string]any)["name"])
	require.Equal(t, map[string]any{"X-Api-Key": "[REDACTED]"}, updated["after"].(map[string]any)["headers"])
	require.Equal(t, "operator", updated["actor"].(map[string]any)["key_name"])
}

func TestTheAuditLogsFilters(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := w.post(t, "/v1/subscriptions", `{"url":"https://example.com/a"}`, http.StatusCreated).id(t)
	made := w.post(t, "/v1/keys", `{"name":"k","scopes":["*"]}`, http.StatusCreated)
	w.do(t, call{method: http.MethodDelete, path: "/v1/subscriptions/" + sub, key: fmt.Sprint(made.get(t, "token"))})
	refusedChange := w.do(t, call{method: http.MethodPost, path: "/v1/subscriptions", body: `{"url":"no url"}`})
	require.Equal(t, http.StatusBadRequest, refusedChange.status)
	w.post(t, "/v1/events", `{"type":"order.created","data":{}}`, http.StatusAccepted)
	for query, want := range map[string]int{
		"":                                    3,
		"?limit=1":                            1,
		"?key_id=" + made.id(t):               1,
		"?action=CreateKey":                   1,
		"?resource_type=subscription":         2,
		"?resource_id=" + sub:                 2,
		"?created_after=2100-01-01T00:00:00Z": 0,
		"?created_before=2100-01-01T00:00:00Z&action=DeleteSubscription": 1,
	} {
		items, _ := w.get(t, "/v1/audit-log"+query).items(t)
		require.Len(t, items, want, query)
	}
	items, next := w.get(t, "/v1/audit-log?limit=2").items(t)
	require.Len(t, items, 2)
	items, next = w.get(t, "/v1/audit-log?limit=2&cursor="+*next).items(t)
	require.Len(t, items, 1)
	require.Nil(t, next)
	w.post(t, "/v1/accounts", `{"name":"other"}`, http.StatusCreated)
	other := w.do(t, call{method: http.MethodGet, path: "/v1/audit-log", headers: map[string]string{"Switchhook-Account": "other"}})
	var list struct{ Items []json.RawMessage }
	other.decode(t, &list)
	require.Len(t, list.Items, 1, "an account sees its own making alone")
}
