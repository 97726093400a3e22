package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // to break a store

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
	"github.com/switchhook/switchhook/plugins/sdk/documented"
)

// Every example of every vendor's documentation, as printed, host and token
// aside: the answer and the delivery are the printed ones, but for the listed
// differences.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long, and about answers: runs without -short")
	}
	endpoint := newEndpoint(t)
	g, broken := startGateway(t, "", endpoint.env...), startGateway(t, "")
	examples := canonicalExamples(t)
	for _, provider := range app.Bundled() {
		if provider == "standard" {
			continue // its API is the unified one
		}
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			set, err := documented.Load(filepath.Join("../../plugins", provider, "testdata/documented"))
			require.NoError(t, err)
			v := vendorRun{provider: provider, set: set, endpoint: endpoint, canonical: examples}
			for _, e := range set.Examples {
				samples := e.Requests
				if e.Delivery != nil {
					samples = make([]documented.Sample, 1)
				}
				for i, sample := range samples {
					t.Run(fmt.Sprintf("%s/%s", e.Name, sample.File), func(t *testing.T) {
						v := v
						v.gateway = g
						if e.Broken {
							v.gateway = broken
						}
						v.account = strings.NewReplacer(".", "-", "_", "-").Replace(fmt.Sprintf("%s-%s-%d", provider, e.Name, i))
						v.run(t, &e, sample)
					})
				}
			}
		})
	}
}

// vendorRun runs an example in an account of its own.
type vendorRun struct {
	provider  string
	set       *documented.Set
	gateway   *gateway
	endpoint  *endpoint
	canonical map[string]string
	account   string
	token, id string
}

func (v *vendorRun) run(t *testing.T, e *documented.Example, sample documented.Sample) {
	v.token = v.key(t, e.Scopes)
	if e.Broken {
		breakStore(t, v.gateway)
	}
	for _, c := range e.Prepare {
		v.prepare(t, c)
	}
	var delivered received
	if e.Publish != nil {
		delivered = v.deliver(t, e)
	}
	if e.Delivery != nil {
		requireHeaders(t, e.Delivery.Headers, delivered.header)
		require.NoError(t, documented.Compare(e.Delivery.Text, string(delivered.body), e.Differences), "%s", delivered.body)
		return
	}
	placeholders := map[string]string{}
	for old, value := range e.Replace {
		placeholders[old] = v.fill(value)
	}
	request := sample.Request.Replace(placeholders)
	var a answer
	require.Eventually(t, func() bool {
		a = v.send(t, request)
		return e.Wait == "" || hasPointer(a.body, e.Wait)
	}, patience, 100*time.Millisecond, "the answer has no %s", e.Wait)
	require.Equal(t, e.Answer.Status, a.status, "%s", a.body)
	requireHeaders(t, e.Answer.Headers, a.header)
	if e.Answer.File == "" {
		require.Empty(t, e.Differences)
		return
	}
	require.NoError(t, documented.Compare(e.Answer.Text, string(a.body), e.Differences), "%s", a.body)
}

func (v *vendorRun) fill(text string) string {
	return strings.NewReplacer("{token}", v.token, "{id}", v.id).Replace(text)
}

// key makes the account and a key of it.
func (v *vendorRun) key(t *testing.T, scopes []string) string {
	t.Helper()
	v.gateway.unified(http.StatusCreated, "POST", "/v1/accounts", fmt.Sprintf(`{"name":%q}`, v.account))
	body, err := json.Marshal(map[string]any{"name": "documented", "scopes": scopes})
	require.NoError(t, err)
	if len(scopes) == 0 {
		body = []byte(`{"name":"documented"}`)
	}
	a := v.gateway.do("POST", "/v1/keys", string(body),
		"Authorization: Bearer "+operatorKey, "Content-Type: application/json", "Switchhook-Account: "+v.account)
	a.requireStatus(t, http.StatusCreated)
	var made struct{ Token string }
	a.decode(t, &made)
	return made.Token
}

// prepare sends a request that goes before and remembers the id that it made.
func (v *vendorRun) prepare(t *testing.T, c documented.Call) {
	t.Helper()
	headers := make([]string, len(v.set.Headers))
	for i, h := range v.set.Headers {
		headers[i] = v.fill(h)
	}
	a := v.gateway.do(c.Method, "/"+v.provider+v.fill(c.Path), v.fill(c.Body), headers...)
	require.Less(t, a.status, http.StatusMultipleChoices, "%s", a.body)
	if v.set.ID != "" {
		var made map[string]any
		a.decode(t, &made)
		v.id, _ = made[strings.TrimPrefix(v.set.ID, "/")].(string)
		require.NotEmpty(t, v.id, "%s", a.body)
	}
}

// deliver publishes the example's event and returns what the subscriber got.
func (v *vendorRun) deliver(t *testing.T, e *documented.Example) received {
	t.Helper()
	event := map[string]any{"specversion": "1.0", "id": v.account, "source": "/documented", "type": e.Publish.Type}
	for name, value := range map[string]string{"id": e.Publish.ID, "time": e.Publish.Time} {
		if value != "" {
			event[name] = value
		}
	}
	for name, value := range e.Publish.Attributes {
		event[name] = value
	}
	event["data"] = json.RawMessage(e.Publish.Text)
	if e.Publish.File == "" {
		event["data"] = json.RawMessage(v.canonical[e.Publish.Type])
	}
	var body strings.Builder
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(event))
	v.gateway.do("POST", "/v1/events", body.String(), "Authorization: Bearer "+v.token, "Content-Type: application/cloudevents+json").
		requireStatus(t, http.StatusAccepted)
	select {
	case got := <-v.endpoint.of(e.Prepare[0].Body):
		return got
	case <-time.After(patience):
		require.FailNow(t, "nothing was delivered", e.Name)
		return received{}
	}
}

// send sends a printed request byte for byte: no client of ours adds a header
// field or changes the spelling of one.
func (v *vendorRun) send(t *testing.T, r documented.Request) answer {
	t.Helper()
	path, ok := strings.CutPrefix(r.URL, v.set.Origin)
	require.True(t, ok, "%s is not at %s", r.URL, v.set.Origin)
	host := strings.TrimPrefix(v.gateway.base, "http://")
	var message strings.Builder
	fmt.Fprintf(&message, "%s /%s%s HTTP/1.1\r\nHost: %s\r\n", r.Method, v.provider, path, host)
	for _, h := range r.Headers {
		fmt.Fprintf(&message, "%s: %s\r\n", h.Name, h.Value)
	}
	if r.Body != "" {
		fmt.Fprintf(&message, "Content-Length: %d\r\n", len(r.Body))
	}
	fmt.Fprintf(&message, "Connection: close\r\n\r\n%s", r.Body)
	conn, err := net.Dial("tcp", host)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(conn, message.String())
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.Method})
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{status: resp.StatusCode, header: resp.Header, body: body}
}

func requireHeaders(t *testing.T, want []string, got http.Header) {
	t.Helper()
	for _, h := range want {
		name, value, _ := strings.Cut(h, ": ")
		require.Equal(t, value, got.Get(name), name)
	}
}

// hasPointer tells whether a JSON text has a value at a pointer without escapes.
func hasPointer(text []byte, pointer string) bool {
	var value any
	if json.Unmarshal(text, &value) != nil {
		return false
	}
	for _, name := range strings.Split(pointer, "/")[1:] {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			if value = nil; len(v) > 0 && name == "0" {
				value = v[0]
			}
		default:
			return false
		}
	}
	return value != nil
}

// breakStore takes the table away under a gateway.
func breakStore(t *testing.T, g *gateway) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(g.dataDir(), "*.db"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	db, err := sql.Open("sqlite", files[0]+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "DROP TABLE IF EXISTS subscriptions")
	require.NoError(t, err)
}

func (g *gateway) dataDir() string {
	for _, variable := range g.env {
		if dir, ok := strings.CutPrefix(variable, "SWITCHHOOK_DATA="); ok {
			return dir
		}
	}
	return ""
}
