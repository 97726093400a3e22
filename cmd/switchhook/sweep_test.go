package main

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// marks are secrets that a run uses, by what they are.
type marks map[string]string

// requireNone checks that a text holds no mark, nor the forms in which one travels.
func (m marks) requireNone(t *testing.T, where, text string) {
	t.Helper()
	for what, mark := range m {
		require.NotEmpty(t, mark, what)
		forms := map[string]string{
			"": mark, " in a URL": url.QueryEscape(mark), " as basic auth": base64.StdEncoding.EncodeToString([]byte("user:" + mark)),
			" in JSON": strings.Trim(mustJSON(mark), `"`),
		}
		for form, s := range forms {
			if i := strings.Index(text, s); i >= 0 {
				require.Fail(t, "a secret is shown", "%s shows the %s%s: …%s…", where, what, form, text[max(i-200, 0):min(i+len(s)+50, len(text))])
			}
		}
	}
}

func mustJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(b)
}

// rawCollector keeps all that is exported to it, as it came.
type rawCollector struct {
	*httptest.Server
	mu  sync.Mutex
	all bytes.Buffer
}

func newRawCollector(t *testing.T) *rawCollector {
	t.Helper()
	c := &rawCollector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			body = z
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		_, _ = c.all.ReadFrom(body)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *rawCollector) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all.String()
}

// swept is a gateway that has handled marked secrets.
type swept struct {
	*gateway
	collector *rawCollector
	// marks are to be seen nowhere.
	marks marks
	// shown are what the API shows its owner, and nobody else is told: a subscriber's
	// URL, and the data of events.
	shown marks
	// subscriptions are ids by the event type that each is for.
	subscriptions map[string]string
}

// startSwept starts a gateway, makes everything that has a secret, and delivers,
// fails, refuses and breaks with it.
func startSwept(t *testing.T, format string) *swept {
	t.Helper()
	s := &swept{collector: newRawCollector(t), subscriptions: map[string]string{}, marks: marks{
		"operator key": operatorKey, "signing secret": "whsec_MARKsigningMARKsecretMARKofMARKsubscription",
		"password": "MARK-basic-password", "client secret": "MARK-client-secret", "access token": "MARK-access-token",
		"header": "MARK-custom-header", "refused key": "swh_MARK-refused-key", "vendor token": "MARK-chatbot-token",
		"vendor password": "MARK-chatbot-password", "vendor secret": "MARK-whatsapp-secret", "Vonage secret": vonageSecret, "userinfo": "MARK-userinfo",
		"JWT secret": "MARK-jwt-secret-of-at-least-32-bytes-in-all", "collector's key": "MARK-collector-key", "answer": "MARK-of-the-token-server",
		"client's key": "MARK-oauth-client-key-of-an-account-AbCdEfGhIjKlMnOp",
	}, shown: marks{"query": "MARK-query-token", "path": "MARK-path-token", "data": "MARK-event-data", "receiver's answer": "MARK-answer"}}
	server := subscribersServer(t, s)
	s.gateway = startGateway(t, "", trusting(t, server), "OTEL_EXPORTER_OTLP_ENDPOINT="+s.collector.URL, "OTEL_BSP_SCHEDULE_DELAY=50",
		"OTEL_EXPORTER_OTLP_HEADERS=authorization="+s.marks["collector's key"], "SWITCHHOOK_AUTH_JWT_SECRET="+s.marks["JWT secret"],
		"SWITCHHOOK_LOG_FORMAT="+format, "SWITCHHOOK_LOG_LEVEL=debug")
	s.subscribeAll(server)
	s.keys()
	s.vendors()
	s.deliver()
	s.refuse()
	s.forms()
	return s
}

// subscribersServer is a subscriber and a token server.
func subscribersServer(t *testing.T, s *swept) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, s.marks["access token"])
		case r.URL.Path == "/no-token":
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprintf(w, `{"error":"invalid_client","error_description":%q}`, s.marks["answer"])
		case strings.HasPrefix(r.URL.Path, "/fails"):
			w.Header().Set("X-Echo", s.shown["receiver's answer"])
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte(s.shown["receiver's answer"]))
		}
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func (s *swept) subscribeAll(server *httptest.Server) {
	s.t.Helper()
	certificate, key := clientPair(s.t)
	lines := strings.Split(strings.TrimSpace(key), "\n")
	s.marks["private key"] = lines[1]
	closed := httptest.NewServer(nil)
	closed.Close()
	tail := "/" + s.shown["path"] + "?token=" + s.shown["query"]
	oauth := func(path string) map[string]any {
		return map[string]any{"oauth2": map[string]any{"token_url": server.URL + path, "client_id": "client", "client_secret": s.marks["client secret"]}}
	}
	basic := map[string]any{"basic": map[string]any{"username": "user", "password": s.marks["password"]}}
	for name, c := range map[string]struct {
		url  string
		auth map[string]any
	}{
		"basic": {server.URL + "/basic" + tail, basic}, "oauth": {server.URL + "/oauth" + tail, oauth("/token")},
		"mtls":     {server.URL + "/mtls" + tail, map[string]any{"mtls": map[string]any{"certificate": certificate, "private_key": key}}},
		"fails":    {server.URL + "/fails" + tail, basic},
		"no-token": {server.URL + "/oauth" + tail, oauth("/no-token")},
		"refuses":  {closed.URL + tail, basic},
		"no-tls":   {"https" + strings.TrimPrefix(closed.URL, "http") + tail, basic},
		"no-host":  {"https://no-such-host.invalid" + tail, basic},
	} {
		s.subscriptions[name] = s.subscribeWith(map[string]any{
			"url": c.url, "events": []string{name}, "auth": c.auth, "secret": s.marks["signing secret"],
			"headers":  []map[string]string{{"name": "X-Api-Key", "value": s.marks["header"]}},
			"delivery": map[string]any{"retry": map[string]any{"max_attempts": 1}},
		})
	}
}

// keys makes keys and tokens of every kind, and uses them.
func (s *swept) keys() {
	s.t.Helper()
	var key, portal struct{ ID, Token string }
	s.unified(http.StatusCreated, "POST", "/v1/keys", `{"name":"shop","scopes":["subscriptions:read","deliveries:read","keys:write"]}`).decode(s.t, &key)
	s.marks["account key"] = key.Token
	a := s.do("POST", "/v1/portal-tokens", `{"scopes":["subscriptions:read"]}`, "Authorization: Bearer "+key.Token, "Content-Type: application/json")
	a.requireStatus(s.t, http.StatusCreated)
	a.decode(s.t, &portal)
	s.marks["portal token"] = portal.Token
	for _, token := range []string{key.Token, portal.Token} {
		s.do("GET", "/v1/subscriptions", "", "Authorization: Bearer "+token).requireStatus(s.t, http.StatusOK)
	}
	_, secret := s.client("--scopes", "admin:read,admin:write", "--client-id", "swept", "--token", s.marks["client's key"])
	s.marks["vendor access token"] = s.accessToken("swept", secret, "admin:read admin:write")
	s.vonage("POST", s.marks["vendor access token"], vonageCreate).requireStatus(s.t, http.StatusOK)
}

// vendors subscribes through vendor APIs that take secrets.
func (s *swept) vendors() {
	s.t.Helper()
	a := s.do("POST", "/chatbot/webhooks", fmt.Sprintf(`{"name":"swept","url":"https://example.com/","token":%q,"auth":{"username":"user","password":%q}}`,
		s.marks["vendor token"], s.marks["vendor password"]), callbellHeaders...)
	require.Less(s.t, a.status, 300, "%s", a.body)
	a = s.do("POST", "/whatsapp/webhooks", fmt.Sprintf(`{"url":"https://example.com/","secret":%q,"events":["message.received"]}`, s.marks["vendor secret"]), callbellHeaders...)
	require.Less(s.t, a.status, 300, "%s", a.body)
}

// deliver publishes to every subscription, and breaks a plugin.
func (s *swept) deliver() {
	s.t.Helper()
	data := fmt.Sprintf(`{"text":%q}`, s.shown["data"])
	for _, name := range []string{"basic", "oauth", "mtls"} {
		s.waitDelivery(s.publish(name, data), "delivered")
	}
	for _, name := range []string{"fails", "no-token", "refuses", "no-tls", "no-host"} {
		s.waitDelivery(s.publish(name, data), "dead")
	}
	pid := regexp.MustCompile(`plugin is up.*"?provider"?[=:]"?standard"?.*?"?pid"?[=:](\d+)`).FindStringSubmatch(s.log.String())
	require.NotNil(s.t, pid, s.log.String())
	n, err := strconv.Atoi(pid[1])
	require.NoError(s.t, err)
	require.NoError(s.t, syscall.Kill(n, syscall.SIGKILL))
	s.waitDelivery(s.publish("basic", data), "delivered")
}

// refuse sends what is refused, with secrets in it.
func (s *swept) refuse() {
	s.t.Helper()
	refused := s.marks["refused key"]
	for _, path := range []string{"/v1/subscriptions", "/callbell/v1/webhooks/events", "/vonage/webhooks/subscriptions", "/v1/no-such-path?key=" + refused, "/nobody?token=" + refused} {
		s.do("GET", path, "", "Authorization: Bearer "+refused)
		s.do("GET", path, "", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("user:"+refused)))
	}
	for _, body := range []string{
		`{"url":"https://user:` + s.marks["userinfo"] + `@example.com/","events":["*"]}`,
		`{"url":"https://user:` + s.marks["userinfo"] + `@exa mple.com:x/%zz","events":["*"]}`,
		`{"url":"https://example.com/","auth":{"basic":{"username":"user","password":"` + s.marks["password"] + `"},"oauth2":{}}}`,
		`{"url":"https://example.com/","secret":"` + s.marks["signing secret"] + `",`,
		`{"url":"https://example.com/","headers":[{"name":"bad name","value":"` + s.marks["header"] + `"}]}`,
	} {
		a := s.do("POST", "/v1/subscriptions", body, "Authorization: Bearer "+operatorKey, "Content-Type: application/json")
		require.Equal(s.t, http.StatusBadRequest, a.status, "%s", a.body)
		s.marks.requireNone(s.t, "the answer to what is refused", string(a.body))
	}
	s.do("POST", tokenPath, tokenForm("swept", refused, "admin:read"), formType).requireStatus(s.t, http.StatusUnauthorized)
}

// forms sends the dashboard's forms with secrets in them, some with mistakes.
func (s *swept) forms() {
	s.t.Helper()
	b := newBrowser(s.gateway)
	b.login(operatorKey)
	certificate, key := clientPair(s.t)
	s.marks["typed private key"] = strings.Split(key, "\n")[1]
	for _, username := range []string{"a:colon", "user"} {
		for _, header := range []string{"basic", "oauth2"} {
			for _, path := range []string{"/ui/subscriptions/new", "/ui/subscriptions/" + s.subscriptions["no-host"] + "/edit"} {
				page := b.open(http.StatusOK, path, url.Values{
					"url": {"https://no-such-host.invalid/"}, "events": {"no-host"}, "secret": {s.marks["signing secret"]},
					"auth": {"set"}, "auth.header": {header}, "auth.basic.username": {username}, "auth.basic.password": {s.marks["password"]},
					"auth.oauth2.token_url": {"not-https://" + username}, "auth.oauth2.client_id": {"client"}, "auth.oauth2.client_secret": {s.marks["client secret"]},
					"auth.mtls": {"on"}, "auth.mtls.certificate": {certificate}, "auth.mtls.private_key": {key},
				})
				if header == "basic" && username == "user" {
					require.NotContains(s.t, page, `role="alert"`, path)
				} else {
					require.Contains(s.t, page, `role="alert"`, path)
				}
				if header == "basic" && username == "user" && strings.HasSuffix(path, "/new") {
					continue // the one page that shows the signing secret
				}
				s.marks.requireNone(s.t, "the answer to the form of "+path, page)
			}
		}
	}
	page := b.open(http.StatusOK, "/ui/subscriptions/"+s.subscriptions["basic"]+"/secret", url.Values{"secret": {s.marks["signing secret"]}, "overlap_seconds": {"soon"}})
	require.Contains(s.t, page, "Write a whole number")
	s.marks.requireNone(s.t, "the answer to a rotation", page)
}

// listed are the lists and documents of the APIs.
func (s *swept) listed() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for _, path := range []string{
		"/v1/accounts", "/v1/keys", "/v1/subscriptions", "/v1/events", "/v1/deliveries?limit=100", "/v1/audit-log", "/v1/providers", "/v1/replays", "/v1/event-types",
		"/v1/traces", "/v1/statistics",
	} {
		a := s.do("GET", path, "", "Authorization: Bearer "+operatorKey)
		if a.status != http.StatusNotFound {
			a.requireStatus(s.t, http.StatusOK)
		}
		out[path] = string(a.body)
	}
	for _, d := range s.deliveries("limit=100") {
		for _, path := range []string{"/v1/deliveries/" + d.ID, "/v1/deliveries/" + d.ID + "/trace"} {
			out[path] = string(s.do("GET", path, "", "Authorization: Bearer "+operatorKey).body)
		}
	}
	return out
}

// waitForTraces waits until the spans of what was delivered are kept, which they are
// a moment later: lists and pages show them then.
func (s *swept) waitForTraces() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		delivered := s.deliveries("status=delivered&limit=100")
		for _, d := range delivered {
			var trace struct {
				Recorded bool `json:"recorded"`
			}
			s.unified(http.StatusOK, "GET", "/v1/deliveries/"+d.ID+"/trace", "").decode(s.t, &trace)
			if !trace.Recorded {
				return false
			}
		}
		return len(delivered) > 0
	}, patience, 50*time.Millisecond)
}

// Of all the secrets that a gateway handles none is in its log, whatever its form,
// in spans, metrics, lists or the dashboard; a subscriber's URL and the data of events are in what
// their owner asks for alone.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			s := startSwept(t, format)
			s.waitForTraces()
			for path, text := range s.listed() {
				s.marks.requireNone(t, path, text)
			}
			pages := s.crawl(t, operatorKey)
			for _, kind := range []string{
				"/ui/traces", "/ui/traces/[0-9a-f]{32}", "/ui/subscriptions/new", "/ui/subscriptions/[^/]+/edit", "/ui/subscriptions/[^/]+", "/ui/events/[^/]+",
				"/ui/deliveries/" + s.deliveries("limit=1")[0].ID, "/ui/audit", "/ui/keys/[^/]+/rotate", "/ui/providers/standard",
			} {
				requireCrawled(t, pages, kind)
			}
			for path, text := range pages {
				s.marks.requireNone(t, path, text)
			}
			_, metrics := s.scrape()
			require.Eventually(t, func() bool { return strings.Contains(s.collector.String(), "deliver basic") }, patience, 50*time.Millisecond)
			s.stop(syscall.SIGTERM) // which exports what is left
			require.Contains(t, s.log.String(), "delivery is dead")
			for where, text := range map[string]string{"the log": s.log.String(), "a span": s.collector.String(), "a metric": metrics, "standard output": s.output.String()} {
				s.marks.requireNone(t, where, text)
				s.shown.requireNone(t, where, text)
			}
		})
	}
}
