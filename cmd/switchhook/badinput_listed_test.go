package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/proc/proctest"
	"github.com/switchhook/switchhook/core/store/storetest"
)

// listed is an error status that a document lists for an operation.
type listed struct {
	operation string
	status    int
}

// produced are the error statuses that a gateway has answered, as documented.
type produced struct {
	mu   sync.Mutex
	seen map[listed]bool
}

// want sends a request and wants a status, in the form that the document gives.
func (p *produced) want(t *testing.T, g *gateway, o *apiOperation, c call, status int) {
	t.Helper()
	a, err := g.send(t.Context(), c.method, c.path, c.body, c.headers...)
	require.NoError(t, err, o.name())
	p.take(t, o, c, a, status)
}

func (p *produced) take(t *testing.T, o *apiOperation, c call, a answer, status int) {
	t.Helper()
	require.Equal(t, status, a.status, "%s: %s", o.name(), a.body)
	o.requireDocumented(t, c, a)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[listed{o.name(), status}] = true
}

// Every error status that a document lists for an operation is one that a client
// can get, in the vendor's envelope.
func TestEveryListedErrorIsProduced(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long, and about answers: runs without -short")
	}
	wrecked, down := storetest.Postgres(t), storetest.Postgres(t)
	operations := apiOperations(t)
	p := &produced{seen: map[listed]bool{}}
	t.Run("group", func(t *testing.T) {
		t.Run("Requests", func(t *testing.T) { t.Parallel(); p.requests(t, operations) })
		t.Run("Rates", func(t *testing.T) { t.Parallel(); p.rates(t, operations) })
		t.Run("PluginsDown", func(t *testing.T) { t.Parallel(); p.pluginsDown(t, operations) })
		t.Run("StoreWrecked", func(t *testing.T) {
			t.Parallel()
			g := startGateway(t, wrecked.Reveal())
			g.unified(http.StatusOK, "GET", "/v1/subscriptions", "") // the key is known from now on
			storetest.Wreck(t, wrecked)
			p.storeFails(t, g, operations, http.StatusInternalServerError)
		})
		t.Run("StoreDown", func(t *testing.T) {
			t.Parallel()
			g := startGateway(t, down.Reveal())
			g.unified(http.StatusOK, "GET", "/v1/subscriptions", "")
			storetest.TakeAway(t, down)
			p.storeFails(t, g, operations, http.StatusServiceUnavailable)
		})
	})
	var missing []listed
	for i := range operations {
		for _, status := range operations[i].errorStatuses(t) {
			if l := (listed{operations[i].name(), status}); !p.seen[l] {
				missing = append(missing, l)
			}
		}
	}
	require.Empty(t, missing, "listed, but no case produces them")
}

// requests produces what is wrong with a request.
func (p *produced) requests(t *testing.T, operations []apiOperation) {
	const mostBody = 4096
	g := startGateway(t, "", fmt.Sprintf("SWITCHHOOK_SERVER_MAX_BODY_BYTES=%d", mostBody))
	keys := map[string]string{}
	for i := range operations {
		o := &operations[i]
		valid := o.request(t, operatorKey)
		with := func(change func(*call)) call {
			c := valid
			c.headers = slices.Clone(valid.headers)
			change(&c)
			return c
		}
		without := func(header string) func(h string) bool {
			return func(h string) bool { return strings.HasPrefix(h, header) }
		}
		bad := map[int]call{
			http.StatusBadRequest:   with(func(c *call) { c.headers = append(c.headers, "Switchhook-Account: nobody") }),
			http.StatusUnauthorized: with(func(c *call) { c.headers = c.headers[1:] }),
			http.StatusForbidden:    o.request(t, g.keyWithout(o, keys)),
			http.StatusNotFound:     valid,
			http.StatusNotAcceptable: with(func(c *call) {
				c.headers = append(slices.DeleteFunc(c.headers, without("Accept")), "Accept: text/html")
			}),
			http.StatusRequestEntityTooLarge: with(func(c *call) { c.body = strings.Repeat("x", mostBody+1) }),
			http.StatusUnsupportedMediaType: with(func(c *call) {
				c.headers = append(slices.DeleteFunc(c.headers, without("Content-Type")), "Content-Type: text/plain")
			}),
			http.StatusUnprocessableEntity: with(func(c *call) { c.body = "{}" }),
		}
		for _, status := range o.errorStatuses(t) {
			if c, ok := bad[status]; ok {
				p.want(t, g, o, c, status)
			}
		}
	}
	p.conflicts(t, g, operations)
}

// keyWithout makes a key that may do something, but not call the operation.
func (g *gateway) keyWithout(o *apiOperation, made map[string]string) string {
	g.t.Helper()
	scopes := []string{"deliveries:read"}
	for name, needed := range o.security()[0] {
		if flows := o.doc.Components.SecuritySchemes[name].Value.Flows; flows != nil {
			for scope := range flows.ClientCredentials.Scopes {
				if !slices.Contains(needed, scope) {
					scopes = append(scopes, scope)
				}
			}
		}
	}
	text := strings.Join(scopes, `","`)
	if made[text] == "" {
		var key struct{ Token string }
		g.unified(http.StatusCreated, "POST", "/v1/keys", `{"name":"other","scopes":["`+text+`"]}`).decode(g.t, &key)
		made[text] = key.Token
	}
	return made[text]
}

// conflicts produces Vonage's, whose names are unique.
func (p *produced) conflicts(t *testing.T, g *gateway, operations []apiOperation) {
	t.Helper()
	byID := map[string]*apiOperation{}
	for i := range operations {
		byID[operations[i].name()] = &operations[i]
	}
	create, update := byID["vonage CreateSubscription"], byID["vonage UpdateSubscription"]
	c := create.request(t, operatorKey)
	g.do(c.method, c.path, c.body, c.headers...).requireStatus(t, http.StatusOK)
	p.want(t, g, create, c, http.StatusConflict)

	var first struct{ Name string }
	require.NoError(t, json.Unmarshal([]byte(c.body), &first))
	var second struct{ SubscriptionID string }
	made := g.do(c.method, c.path, strings.Replace(c.body, first.Name, "another", 1), c.headers...)
	made.requireStatus(t, http.StatusOK)
	made.decode(t, &second)
	u := update.request(t, operatorKey)
	u.path = regexp.MustCompile(`[^/]+$`).ReplaceAllString(u.path, second.SubscriptionID)
	u.body = fmt.Sprintf(`{"name":%q}`, first.Name)
	p.want(t, g, update, u, http.StatusConflict)
}

// rates produces what comes too often: more than the operator allows.
func (p *produced) rates(t *testing.T, operations []apiOperation) {
	config := "plugins:\n"
	for _, provider := range documents {
		config += fmt.Sprintf("  %s: {enabled: true, requests_per_second: 1}\n", provider)
	}
	g := startGateway(t, "", configFile(t, config))
	for i := range operations {
		o := &operations[i]
		c := o.request(t, operatorKey)
		// The first request of a second is let through.
		a := g.do(c.method, c.path, c.body, c.headers...)
		for range 10 {
			if a.status != http.StatusTooManyRequests {
				a = g.do(c.method, c.path, c.body, c.headers...)
			}
		}
		p.take(t, o, c, a, http.StatusTooManyRequests)
	}
}

// storeFails produces what a store that fails makes of each operation. What an
// operation without a look into the store still answers fails for a key that the
// gateway has to look up.
func (p *produced) storeFails(t *testing.T, g *gateway, operations []apiOperation, status int) {
	for i := range operations {
		o := &operations[i]
		c := o.request(t, operatorKey)
		a := g.do(c.method, c.path, c.body, c.headers...)
		if a.status < http.StatusInternalServerError {
			c = o.request(t, "swh_key-that-was-never-seen")
			a = g.do(c.method, c.path, c.body, c.headers...)
		}
		p.take(t, o, c, a, status)
	}
}

// pluginsDown produces what the gateway answers alone: its plugins are killed and
// cannot come back, since their programs are gone.
func (p *produced) pluginsDown(t *testing.T, operations []apiOperation) {
	self, err := os.Executable()
	require.NoError(t, err)
	programs := t.TempDir()
	config := "plugins:\n"
	for _, provider := range documents {
		program := filepath.Join(programs, provider)
		proctest.Script(t, program, fmt.Sprintf("exec '%s' adapter %s\n", self, provider))
		text, err := os.ReadFile(program)
		require.NoError(t, err)
		sum := sha256.Sum256(text)
		config += fmt.Sprintf("  %s: {enabled: true, path: %s, sha256: %s}\n", provider, program, hex.EncodeToString(sum[:]))
	}
	g := startGateway(t, "", configFile(t, config))
	require.Eventually(t, func() bool { return g.do("GET", "/readyz", "").status == http.StatusOK }, patience, 20*time.Millisecond)
	require.NoError(t, os.RemoveAll(programs))
	for _, pid := range children(t, g.command.Process.Pid) {
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	}
	// Each request waits for its plugin, so they wait together.
	type result struct {
		o   *apiOperation
		c   call
		a   answer
		err error
	}
	results := make(chan result, len(operations))
	for i := range operations {
		o := &operations[i]
		c := o.request(t, operatorKey)
		go func() {
			a, err := g.send(t.Context(), c.method, c.path, c.body, c.headers...)
			results <- result{o, c, a, err}
		}()
	}
	for range operations {
		r := <-results
		require.NoError(t, r.err, r.o.name())
		p.take(t, r.o, r.c, r.a, http.StatusServiceUnavailable)
	}
}

// configFile writes a configuration and returns the variable that names it.
func configFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "switchhook.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return "SWITCHHOOK_CONFIG=" + file
}
