package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store/storetest"
)

// TestMain makes the test binary the gateway's binary too: with a command in
// place of test flags it runs main, so tests start real processes, and these
// their plugins.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		main()
		return
	}
	os.Exit(m.Run())
}

const (
	operatorKey = "swh_operator-key-for-tests"
	startup     = 60 * time.Second // generous: the race detector slows processes
	patience    = 60 * time.Second
)

// binaryVariable has the tests start another gateway than themselves, such as the one
// that is shipped.
const binaryVariable = "SWITCHHOOK_TEST_BINARY"

// databases runs a test on both stores; database is "" for SQLite. With -short, as
// under the race detector, it is SQLite alone: what a gateway does beside its store is
// the same, and the store's own tests have both.
func databases(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, "")
	})
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		if testing.Short() {
			t.Skip("long: runs without -short")
		}
		test(t, storetest.Postgres(t).Reveal())
	})
}

// oneByOne is for tests that give many commands, each after the other. There is no
// race to be seen in that: with -short, as under the race detector, they are left out.
func oneByOne(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("long, and one command after the other: runs without -short")
	}
}

// gateway is a gateway process that can be killed and started again on the same
// data.
type gateway struct {
	t       *testing.T
	env     []string
	args    []string
	base    string
	command *exec.Cmd
	exited  chan error
	// log is standard error, output standard output, of every start.
	log    *logBuffer
	output logBuffer
}

// startGateway starts a gateway on its own data. It ends with the test.
func startGateway(t *testing.T, database string, env ...string) *gateway {
	t.Helper()
	dir := t.TempDir()
	g := &gateway{t: t, log: &logBuffer{}}
	g.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "GOMAXPROCS=2",
		"SWITCHHOOK_LISTEN=127.0.0.1:0", "SWITCHHOOK_DATA=" + filepath.Join(dir, "data"), "SWITCHHOOK_DATABASE=" + database,
		"SWITCHHOOK_ADMIN_KEY=" + operatorKey, "SWITCHHOOK_EGRESS_ALLOW=127.0.0.0/8",
		"SWITCHHOOK_DELIVERY_POLL_INTERVAL=20ms", "SWITCHHOOK_NODE_HEARTBEAT=200ms", "SWITCHHOOK_NODE_DEAD_AFTER=2s",
	}, env...)
	g.start()
	t.Cleanup(func() {
		g.stop(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("gateway log:\n%s", g.log)
		}
	})
	return g
}

var readyLine = regexp.MustCompile(`"?msg"?[=:]"?ready"?[ ,]"?listen"?[=:]"?([^\s"]+)`)

// start starts the process and waits until it is ready.
func (g *gateway) start() {
	g.t.Helper()
	g.command = exec.Command(cmp.Or(os.Getenv(binaryVariable), os.Args[0]), append([]string{"serve"}, g.args...)...)
	g.command.Env = g.env
	g.command.Stdout = &g.output
	stderr, err := g.command.StderrPipe()
	require.NoError(g.t, err)
	require.NoError(g.t, g.command.Start())
	ready := make(chan string, 1)
	g.exited = make(chan error, 1)
	go func(c *exec.Cmd, exited chan<- error) {
		lines := bufio.NewScanner(stderr)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			g.log.add(lines.Text())
			if m := readyLine.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m[1]
			}
		}
		exited <- c.Wait()
	}(g.command, g.exited)
	select {
	case addr := <-ready:
		g.base = "http://" + addr
	case err := <-g.exited:
		g.exited <- err
		require.FailNow(g.t, "the gateway ended at its start", "%v\n%s", err, g.log)
	case <-time.After(startup):
		require.FailNow(g.t, "the gateway is not ready", g.log.String())
	}
}

// stop ends the process with a signal and returns its exit code; -1 for a kill.
func (g *gateway) stop(signal syscall.Signal) int {
	g.t.Helper()
	_ = g.command.Process.Signal(signal)
	select {
	case <-g.exited:
		g.exited <- nil
		return g.command.ProcessState.ExitCode()
	case <-time.After(patience):
		_ = g.command.Process.Kill()
		require.FailNow(g.t, "the gateway does not end", g.log.String())
		return -1
	}
}

// answer is an HTTP response, read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// decode reads the body as JSON.
func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.body, into), "%s", a.body)
}

// send sends a request with headers given as "Name: value".
func (g *gateway) send(ctx context.Context, method, path, body string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, g.base+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body == "" {
		req.Body = http.NoBody
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Add(name, strings.TrimSpace(value))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: b}, err
}

// do sends a request that must be answered.
func (g *gateway) do(method, path, body string, headers ...string) answer {
	g.t.Helper()
	a, err := g.send(g.t.Context(), method, path, body, headers...)
	require.NoError(g.t, err)
	return a
}

// unified calls the unified API with the operator key and wants a status.
func (g *gateway) unified(want int, method, path, body string) answer {
	g.t.Helper()
	headers := []string{"Authorization: Bearer " + operatorKey}
	if body != "" {
		headers = append(headers, "Content-Type: application/json")
	}
	a := g.do(method, path, body, headers...)
	require.Equal(g.t, want, a.status, "%s %s: %s", method, path, a.body)
	return a
}

// publish publishes in the short form and returns the event's id.
func (g *gateway) publish(eventType, data string) string {
	g.t.Helper()
	var out struct{ ID string }
	g.unified(http.StatusAccepted, "POST", "/v1/events", fmt.Sprintf(`{"type":%q,"data":%s}`, eventType, data)).decode(g.t, &out)
	require.NotEmpty(g.t, out.ID)
	return out.ID
}

// delivery is a delivery as the unified API shows it.
type delivery struct {
	ID             string
	EventID        string `json:"event_id"`
	SubscriptionID string `json:"subscription_id"`
	Status         string
	TraceID        string `json:"trace_id"`
	Attempts       []struct {
		Number         int
		ResponseStatus int `json:"response_status"`
		Error          string
	}
}

func (g *gateway) deliveries(query string) []delivery {
	g.t.Helper()
	var out struct{ Items []delivery }
	g.unified(http.StatusOK, "GET", "/v1/deliveries?"+query, "").decode(g.t, &out)
	return out.Items
}

// waitDelivery waits until the one delivery of an event has a status.
func (g *gateway) waitDelivery(eventID, status string) delivery {
	g.t.Helper()
	var last []delivery
	require.Eventually(g.t, func() bool {
		last = g.deliveries("event_id=" + eventID)
		return len(last) == 1 && last[0].Status == status
	}, patience, 20*time.Millisecond, "event %s: want %s, have %v", eventID, status, &last)
	return last[0]
}

// subscribe makes a subscription through the unified API.
func (g *gateway) subscribe(provider, url string, events ...string) string {
	g.t.Helper()
	body, err := json.Marshal(map[string]any{"provider": provider, "url": url, "events": events})
	require.NoError(g.t, err)
	var out struct{ ID string }
	g.unified(http.StatusCreated, "POST", "/v1/subscriptions", string(body)).decode(g.t, &out)
	return out.ID
}

// fastPlugin builds the external test plugin once and returns a configuration
// file that runs it as provider fast.
func fastPlugin(t *testing.T) string {
	t.Helper()
	binary, sum := buildFastPlugin(t)
	file := filepath.Join(t.TempDir(), "switchhook.yaml")
	text := fmt.Sprintf("plugins:\n  fast:\n    enabled: true\n    path: %s\n    sha256: %s\n", binary, sum)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return "SWITCHHOOK_CONFIG=" + file
}

var fastOnce = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fastplugin")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "fastplugin")
	out, err := exec.Command("go", "build", "-o", file, "./testdata/fastplugin").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build fastplugin: %w: %s", err, out)
	}
	return file, nil
})

func buildFastPlugin(t *testing.T) (file, sum string) {
	t.Helper()
	file, err := fastOnce()
	require.NoError(t, err)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	hash := sha256.Sum256(content)
	return file, hex.EncodeToString(hash[:])
}

// logBuffer keeps a process's log.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) add(line string) { _, _ = l.Write([]byte(line + "\n")) }

// Write implements io.Writer.
func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
