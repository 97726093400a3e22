package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// operatorsEvent is an operational event as the operator's receiver gets it.
type operatorsEvent struct {
	Type, Source, Subject string
	Data                  map[string]any
}

// operatorsEvents waits until each type has come and returns the first of each.
func operatorsEvents(t *testing.T, r *receiver, types ...string) map[string]operatorsEvent {
	t.Helper()
	var got map[string]operatorsEvent
	require.Eventually(t, func() bool {
		got = map[string]operatorsEvent{}
		for _, d := range r.got() {
			var ev operatorsEvent
			require.NoError(t, json.Unmarshal(d.body, &ev))
			if _, again := got[ev.Type]; !again {
				got[ev.Type] = ev
			}
		}
		for _, name := range types {
			if _, ok := got[name]; !ok {
				return false
			}
		}
		return true
	}, patience, 10*time.Millisecond, "want %v, have %v", types, &got)
	return got
}

// The operator's subscription is told of everything that happens to another
// account, and nobody is told who did not ask for it by name.
func TestOperatorsAreTold(t *testing.T) {
	t.Parallel()
	operators, everything := newReceiver(t, nil), newReceiver(t, nil)
	gone := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	g := startGateway(t, "")
	g.subscribe("standard", operators.URL, "switchhook.*")
	g.subscribe("standard", everything.URL, "*")
	g.unified(http.StatusCreated, "POST", "/v1/accounts", `{"name":"acme"}`)
	acme := func(want int, method, path, body string) answer {
		a := g.do(method, path, body, "Authorization: Bearer "+operatorKey, "Content-Type: application/json", "Switchhook-Account: acme")
		a.requireStatus(t, want)
		return a
	}
	var key struct{ ID string }
	acme(http.StatusCreated, "POST", "/v1/keys", fmt.Sprintf(`{"name":"shop","expires_at":%q}`, time.Now().Add(12*time.Hour).Format(time.RFC3339))).decode(t, &key)
	acme(http.StatusCreated, "POST", "/v1/subscriptions", fmt.Sprintf(`{"url":%q,"events":["order.created"]}`, gone.URL))
	g.unified(http.StatusOK, "PATCH", "/v1/accounts/acme", `{"limits":{"max_subscriptions":1}}`)
	acme(http.StatusConflict, "POST", "/v1/subscriptions", fmt.Sprintf(`{"url":%q}`, gone.URL))
	acme(http.StatusAccepted, "POST", "/v1/events", `{"type":"order.created","data":{}}`)

	got := operatorsEvents(t, operators, "switchhook.subscription.disabled", "switchhook.delivery.dead", "switchhook.limit.reached")
	require.Equal(t, "The subscriber answered 410 Gone", got["switchhook.subscription.disabled"].Data["reason"])
	require.Equal(t, "order.created", got["switchhook.delivery.dead"].Data["event_type"])
	require.Equal(t, "max_subscriptions", got["switchhook.limit.reached"].Data["limit"])
	require.NotContains(t, got, "switchhook.key.expiring", "the key was made for half a day")

	g.stop(syscall.SIGTERM)
	makeKeysOlder(t, g)
	g.start()
	ev := operatorsEvents(t, operators, "switchhook.key.expiring")["switchhook.key.expiring"]
	require.Equal(t, key.ID, ev.Data["key_id"])
	require.InDelta(t, 1, ev.Data["days"], 0)
	require.Equal(t, "keys/"+key.ID, ev.Subject)
	require.Equal(t, "/switchhook/accounts/acme", ev.Source)
	require.Equal(t, "acme", ev.Data["account"])

	told := len(operators.got())
	g.stop(syscall.SIGTERM)
	g.start()
	g.publish("switchhooks.other", `{}`)
	everything.wait(t, 1)
	require.Len(t, operators.got(), told, "a restart tells nothing again")
	require.Len(t, everything.got(), 1, "who wants every event gets none of these")
}

// makeKeysOlder makes keys as if they had been made a month ago.
func makeKeysOlder(t *testing.T, g *gateway) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(g.dataDir(), "*.db"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	db, err := sql.Open("sqlite", files[0])
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "UPDATE api_keys SET created_at = created_at - ?", (30 * 24 * time.Hour).Microseconds())
	require.NoError(t, err)
}
