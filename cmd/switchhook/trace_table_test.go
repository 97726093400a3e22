package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// Every definition in the table of spans is produced by a gateway, and all that
// gateways produce is in the table. Attributes of events are compared over all kinds:
// the exchanges are the same.
func TestTheTableOfSpansIsProduced(t *testing.T) {
	t.Parallel()
	sink, env := collector(t)
	defined := definedInTable()
	made := map[string]func(*testing.T, *otlpsink.Sink, []string){"SQLite": traceOnSQLite, "Postgres": traceOnPostgres}
	t.Run("Scenarios", func(t *testing.T) {
		for name, scenario := range made {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				scenario(t, sink, env)
			})
		}
	})
	if t.Failed() {
		return
	}
	var missing []string
	require.Eventually(t, func() bool {
		produced := producedIn(sink.All())
		missing = slices.DeleteFunc(slices.Sorted(maps.Keys(defined)), func(d string) bool { return produced[d] })
		return len(missing) == 0
	}, patience, 50*time.Millisecond, "defined and produced by no scenario: %v", &missing)
	checkTable(t, sink.All())
	checkPlaces(t, sink.All())
}

// checkPlaces holds each span to its place in the table's tree. Statements are below
// whatever has them sent.
func checkPlaces(t *testing.T, all []otlpsink.Span) {
	t.Helper()
	above := map[*spans.Kind]*spans.Kind{}
	for i := range spans.Kinds {
		for j := range i {
			if spans.Kinds[j].Depth == spans.Kinds[i].Depth-1 {
				above[&spans.Kinds[i]] = &spans.Kinds[j]
			}
		}
	}
	byID := map[string]*otlpsink.Span{}
	for i := range all {
		byID[all[i].TraceID+all[i].SpanID] = &all[i]
	}
	for i := range all {
		s := &all[i]
		if isStatement(s) || strings.HasPrefix(s.Name, spans.Publish+" switchhook.") { // these begin a trace of their own
			continue
		}
		parent, want := byID[s.TraceID+s.ParentID], above[kindOf(s)]
		if want == nil {
			require.Nil(t, parent, "%q is below a span", s.Name)
			continue
		}
		require.NotNil(t, parent, "%q is below nothing", s.Name)
		if is := kindOf(parent); want.Depth > 0 || is.Depth > 0 { // requests are of two kinds
			require.Same(t, want, is, "%q is below %q", s.Name, parent.Name)
		}
	}
}

// notExported are definitions of what no collector sees, and why.
var notExported = map[string]string{
	"adapter render (internal) has switchhook.account.id": "a plugin is not told the account: its span has it in the gateway's own view, as " +
		"TestTheOwnStoreHasThePluginsPart sees",
}

// definedInTable are the table's definitions, one a line, but for notExported.
func definedInTable() map[string]bool {
	out := map[string]bool{}
	defer maps.DeleteFunc(out, func(what string, _ bool) bool { return notExported[what] != "" })
	for i := range spans.Kinds {
		k := &spans.Kinds[i]
		of := k.Name + " (" + k.Span.String() + ")"
		out[of] = true
		for _, key := range k.Attributes {
			out[of+" has "+string(key)] = true
		}
		for _, link := range k.Links {
			out[of+" links "+link] = true
		}
		for _, e := range k.Events {
			out[of+" tells "+e.Name] = true
			for _, key := range e.Attributes {
				out["event "+e.Name+" has "+string(key)] = true
			}
		}
	}
	return out
}

// producedIn are the same of spans.
func producedIn(all []otlpsink.Span) map[string]bool {
	out := map[string]bool{}
	for i := range all {
		s := &all[i]
		k := kindOf(s)
		if k == nil {
			continue
		}
		of := k.Name + " (" + k.Span.String() + ")"
		out[of] = true
		for key := range s.Attributes {
			out[of+" has "+key] = true
		}
		for _, l := range s.Links {
			out[fmt.Sprintf("%s links %v", of, l.Attributes[string(spans.Link)])] = true
		}
		for _, e := range s.Events {
			out[of+" tells "+e.Name] = true
			for key := range e.Attributes {
				out["event "+e.Name+" has "+key] = true
			}
		}
	}
	return out
}

// wants waits until some span is as wanted.
func wants(t *testing.T, sink *otlpsink.Sink, what string, is func(*otlpsink.Span) bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(sink.All(), func(s otlpsink.Span) bool { return is(&s) })
	}, patience, 50*time.Millisecond, "no span: %s", what)
}

// tableServer is subscriber and token server. Each request has to look its name up
// and to connect.
func tableServer(t *testing.T) (env []string) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet: // ChatBot's verification
			_, _ = io.WriteString(w, r.URL.Query().Get("challenge"))
		case r.URL.Path == "/token":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"token","token_type":"Bearer","expires_in":3600}`)
		case r.URL.Path == "/no-token", r.URL.Path == "/fails":
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	server.Config.SetKeepAlivesEnabled(false)
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	closed := httptest.NewServer(nil)
	closed.Close()
	plain := httptest.NewServer(nil)
	t.Cleanup(plain.Close)
	return []string{
		"SWITCHHOOK_EGRESS_CA=" + ca,
		"SWITCHHOOK_EGRESS_RESOLVE=example.com:443=localhost:" + u.Port() + ",closed.example:443=" + strings.TrimPrefix(closed.URL, "http://") +
			",plain.example:443=" + strings.TrimPrefix(plain.URL, "http://") + ",nowhere.example:443=no-such-host.invalid:443",
	}
}

// traceOnSQLite has every span but those of Postgres made.
func traceOnSQLite(t *testing.T, sink *otlpsink.Sink, env []string) {
	t.Helper()
	g := startGateway(t, "", append(env, tableServer(t)...)...)
	const at = "https://example.com"
	oauth := func(path string) map[string]any {
		return map[string]any{"oauth2": map[string]any{"token_url": at + path, "client_id": "client", "client_secret": "secret"}}
	}
	for name, c := range map[string]struct {
		url  string
		auth map[string]any
	}{
		"well": {at + "/", oauth("/token")}, "no-token": {at + "/", oauth("/no-token")}, "fails": {at + "/fails", nil},
		"refuses": {"https://closed.example/", nil}, "no-tls": {"https://plain.example/", nil}, "no-host": {"https://nowhere.example/", nil},
	} {
		members := map[string]any{"url": c.url, "events": []string{name}, "delivery": retryAfter(1, 2)}
		if c.auth != nil {
			members["auth"] = c.auth
		}
		g.subscribeWith(members)
	}
	for _, host := range []string{"example.com", "closed.example"} { // the second cannot be verified
		a := g.do("POST", "/chatbot/webhooks", `{"name":"traced","url":"https://`+host+`/"}`, callbellHeaders...)
		require.Less(t, a.status, 300, "%s", a.body)
	}
	g.do("POST", "/callbell/v1/webhooks/subscribe", `{"url":"`+at+`/","subscriptions":["message_created"]}`, callbellHeaders...).requireStatus(t, http.StatusOK)
	g.do("GET", "/nobody", "")
	g.do("GET", "/callbell/no-such-path", "")
	g.unified(http.StatusCreated, "POST", "/v1/accounts", `{"name":"acme"}`)
	g.unified(http.StatusConflict, "POST", "/v1/accounts", `{"name":"acme"}`) // a statement fails

	began := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	var fail []string
	for _, name := range []string{"fails", "no-token", "refuses", "no-tls", "no-host"} {
		fail = append(fail, g.publish(name, `{}`))
	}
	g.waitDelivery(g.publish("well", `{}`), "delivered")
	d := g.waitDelivery(g.publish("message.received", `"no message"`), "dead")
	require.Contains(t, d.Attempts[0].Error, "render: ")
	for _, id := range fail {
		g.waitDelivery(id, "dead")
	}
	g.unified(http.StatusAccepted, "POST", "/v1/replays", fmt.Sprintf(`{"from":%q,"statuses":"failed"}`, began))
	publishGroups(t, g, sink)
	for what, name := range map[string]string{"a replay": spans.Deliver, "a verification": spans.Probe} {
		wants(t, sink, what, func(s *otlpsink.Span) bool {
			return strings.HasPrefix(s.Name, name+" ") && (name == spans.Probe || s.Attributes[string(spans.ReplayID)] != nil)
		})
	}
}

// publishGroups publishes several events at a time, until some were committed and
// some outcomes recorded together.
func publishGroups(t *testing.T, g *gateway, sink *otlpsink.Sink) {
	t.Helper()
	linked := func(name string) bool {
		return slices.ContainsFunc(sink.All(), func(s otlpsink.Span) bool {
			return s.Name == name && slices.ContainsFunc(s.Links, func(l otlpsink.Link) bool { return l.Attributes["switchhook.link"] == "committed_with" })
		})
	}
	n := 0
	require.Eventually(t, func() bool {
		var batch []map[string]string
		for range 20 {
			n++
			batch = append(batch, map[string]string{"specversion": "1.0", "id": fmt.Sprint(n), "source": "/t", "type": "well"})
		}
		body, err := json.Marshal(batch)
		require.NoError(t, err)
		g.do("POST", "/v1/events", string(body), "Authorization: Bearer "+operatorKey, "Content-Type: application/cloudevents-batch+json").
			requireStatus(t, http.StatusAccepted)
		return linked(spans.Commit) && linked(spans.Record)
	}, patience, 200*time.Millisecond)
}

// traceOnPostgres has the store's spans there made, and no others.
func traceOnPostgres(t *testing.T, sink *otlpsink.Sink, env []string) {
	t.Helper()
	g := startGateway(t, storetest.Postgres(t).Reveal(), env...)
	r := newReceiver(t, nil)
	g.subscribe("standard", r.URL, "order.created")
	g.waitDelivery(g.publish("order.created", `{}`), "delivered")
	wants(t, sink, "what Postgres is sent together", func(s *otlpsink.Span) bool {
		return s.Name == "BATCH transaction" && s.Attributes["db.system.name"] == "postgresql" && s.Attributes["db.operation.batch.size"].(int64) > 1
	})
}
