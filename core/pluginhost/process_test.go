package pluginhost

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func get(path string) APIRequest { return APIRequest{Method: "GET", Path: path} }

func TestPluginServes(t *testing.T) {
	t.Parallel()
	h, _ := startHost(t, Plugin{})
	status := h.Status()[0]
	require.Equal(t, StateUp, status.State)
	require.Equal(t, "1.2.3", status.Version)
	require.Zero(t, status.Restarts)
	require.Empty(t, status.LastError)
	require.False(t, status.External)
	require.True(t, alive(t, status.PID))
	require.Equal(t, []string{"test"}, h.Providers().Names())

	engine := testEngine{get: func(_ context.Context, id string) (*sdk.Subscription, error) {
		if id != "7" {
			return nil, sdk.Errorf(sdk.CodeNotFound, "No such subscription")
		}
		return &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://a.example/"}}, nil
	}}
	req := get("/subscription")
	req.Query = "id=7"
	got, err := h.Handle(t.Context(), "test", req, engine)
	require.NoError(t, err)
	require.Equal(t, 200, got.Status)
	require.JSONEq(t, `{"url":"https://a.example/"}`, string(got.Body))
	req.Query = "id=8"
	got, err = h.Handle(t.Context(), "test", req, engine)
	require.NoError(t, err)
	require.Equal(t, 404, got.Status)
	require.Equal(t, "vendor says not_found", string(got.Body))

	got, err = h.Handle(t.Context(), "test", APIRequest{Failure: sdk.Errorf(sdk.CodeDenied, "No")}, nil)
	require.NoError(t, err)
	require.Equal(t, "vendor says denied", string(got.Body))

	results, err := h.Render(t.Context(), "test", deliveries(3))
	require.NoError(t, err)
	for _, r := range results {
		require.Nil(t, r.Err)
		require.Equal(t, &sdk.Request{
			Method: "POST", URL: "https://a.example/hook", Body: []byte("data"),
			Headers: []sdk.Header{{Name: "X-Signature", Value: "s3cret"}},
		}, r.Request)
	}

	require.Equal(t, &sdk.Response{
		Status: 503, Headers: []sdk.Header{{Name: "X-Vendor", Value: "yes"}}, Body: []byte("vendor says unavailable"),
	}, h.UnavailableResponse("test"))
	require.Nil(t, h.UnavailableResponse("nobody"))

	require.NoError(t, h.Close(t.Context()))
	require.False(t, alive(t, status.PID))
	require.NoError(t, h.Close(t.Context()))
	_, err = h.Handle(t.Context(), "test", req, engine)
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorContains(t, err, "shutting down")
}

// deliveries are n of one event for one subscription.
func deliveries(n int) []Delivery {
	event := &sdk.Event{ID: "e", Data: []byte("data")}
	sub := &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://a.example/hook", Secret: "s3cret"}}
	ds := make([]Delivery, n)
	for i := range ds {
		ds[i] = Delivery{ID: strconv.Itoa(i), Event: event, Subscription: sub, EventType: "t", Attempt: 1, Time: time.Unix(1, 0)}
	}
	return ds
}

func TestKilledPluginComesBack(t *testing.T) {
	t.Parallel()
	changes := make(chan *provider.Set, 10)
	h, _ := newHost(t, Config{Plugins: []Plugin{{Provider: "test"}}, OnChange: func(s *provider.Set) { changes <- s }})
	h.Start(t.Context())
	require.NoError(t, h.WaitReady(t.Context()))
	first := <-changes
	pid := h.Status()[0].PID

	// A call in the middle of it fails, and is not repeated.
	inside := make(chan error, 1)
	entered := make(chan struct{})
	go func() {
		_, err := h.Handle(t.Context(), "test", get("/subscription"), testEngine{
			get: func(ctx context.Context, _ string) (*sdk.Subscription, error) {
				close(entered) // panics if called twice
				<-ctx.Done()
				return nil, ctx.Err()
			},
		})
		inside <- err
	}()
	<-entered
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	err := <-inside
	require.ErrorIs(t, err, ErrUnavailable)
	var unavailable *UnavailableError
	require.ErrorAs(t, err, &unavailable)
	require.Equal(t, "vendor says unavailable", string(unavailable.Response.Body))

	second := <-changes // up again
	require.NotSame(t, first.Get("test"), second.Get("test"))
	got, err := h.Handle(t.Context(), "test", get("/env"), nil)
	require.NoError(t, err)
	require.Equal(t, 200, got.Status)
	status := h.Status()[0]
	require.Equal(t, 1, status.Restarts)
	require.NotEqual(t, pid, status.PID)
	require.Contains(t, status.LastError, "signal: killed")
	require.Same(t, second, h.Providers())
	requireGone(t, pid)
}

func TestRenderOutlivesItsPlugin(t *testing.T) {
	t.Parallel()
	h, _ := startHost(t, Plugin{})
	require.NoError(t, syscall.Kill(h.Status()[0].PID, syscall.SIGKILL))
	results, err := h.Render(t.Context(), "test", deliveries(1))
	require.NoError(t, err)
	require.Equal(t, "data", string(results[0].Request.Body))

	// A delivery that ends the process does so twice, then the batch fails.
	ds := deliveries(1)
	ds[0].EventType = "exit"
	_, err = h.Render(t.Context(), "test", ds)
	require.ErrorIs(t, err, ErrUnavailable)
}

func TestPanicsOfThePlugin(t *testing.T) {
	t.Parallel()
	h, logs := startHost(t, Plugin{})
	got, err := h.Handle(t.Context(), "test", get("/panic"), nil)
	require.NoError(t, err)
	require.Equal(t, "vendor says internal", string(got.Body))
	require.Eventually(t, func() bool {
		return strings.Contains(logs.String(), `"level":"ERROR","msg":"adapter panicked","provider":"test","plugin":{"panic":"in the handler"`)
	}, 10*time.Second, 10*time.Millisecond)

	_, err = h.Handle(t.Context(), "test", get("/exit"), nil)
	require.ErrorIs(t, err, ErrUnavailable)
	require.Eventually(t, func() bool {
		return strings.Contains(h.Status()[0].LastError, "panic: outside the handler")
	}, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, logs.String(), `"level":"ERROR","msg":"panic: outside the handler","provider":"test"`)
}

func TestPluginLinesReachTheLog(t *testing.T) {
	t.Parallel()
	h, logs := startHost(t, Plugin{})
	_, err := h.Handle(t.Context(), "test", get("/log"), nil)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(logs.String(), `"level":"INFO","msg":"a line of the adapter","provider":"test"`)
	}, 10*time.Second, 10*time.Millisecond)
}

func TestPluginSeesNoSecretsOfTheGateway(t *testing.T) {
	t.Parallel()
	h, _ := startHost(t, Plugin{Env: []string{"EXTRA=1", "SWITCHHOOK_PLUGIN=other", "GOMEMLIMIT=32MiB"}})
	got, err := h.Handle(t.Context(), "test", get("/env"), nil)
	require.NoError(t, err)
	env := strings.Split(string(got.Body), "\n")
	require.Contains(t, env, "OTEL_TEST_VARIABLE=passed on")
	require.Contains(t, env, "EXTRA=1")
	require.Contains(t, env, "GOMEMLIMIT=32MiB")
	require.Contains(t, env, "SWITCHHOOK_PLUGIN=adapter")
	require.NotContains(t, string(got.Body), "secret of the gateway")
	require.NotContains(t, string(got.Body), "HOME=")
}

func TestHandleEndsWithItsDeadline(t *testing.T) {
	t.Parallel()
	h, _ := newHost(t, Config{Plugins: []Plugin{{Provider: "test"}}, HandleTimeout: 50 * time.Millisecond, RenderTimeout: 50 * time.Millisecond})
	h.Start(t.Context())
	require.NoError(t, h.WaitReady(t.Context()))
	_, err := h.Handle(t.Context(), "test", get("/hang"), nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "took too long")
	ds := deliveries(1)
	ds[0].EventType = "hang"
	_, err = h.Render(t.Context(), "test", ds)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = h.Handle(ctx, "test", get("/hang"), nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestExternalBinaryNeedsItsChecksum(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	content, err := os.ReadFile(self)
	require.NoError(t, err)
	sum := sha256.Sum256(content)

	h, _ := startHost(t, Plugin{Path: self, SHA256: hex.EncodeToString(sum[:])})
	require.True(t, h.Status()[0].External)

	sum[0]++
	h, _ = newHost(t, Config{Plugins: []Plugin{{Provider: "test", Path: self, SHA256: hex.EncodeToString(sum[:])}}})
	h.Start(t.Context())
	requireLastError(t, h, "does not have the configured sha256")
}

// requireLastError waits for a plugin that does not come up.
func requireLastError(t *testing.T, h *Host, want string) {
	t.Helper()
	require.Eventually(t, func() bool { return h.Status()[0].State == StateDown }, 10*time.Second, 5*time.Millisecond)
	require.Contains(t, h.Status()[0].LastError, want)
	require.Zero(t, h.Status()[0].PID)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorContains(t, h.WaitReady(ctx), want)
}

func TestWhatIsNoPluginIsSaidClearly(t *testing.T) {
	t.Parallel()
	sh := func(script string) *exec.Cmd { return exec.Command("/bin/sh", "-c", script) }
	tests := map[string]struct {
		cmd  *exec.Cmd
		want []string
	}{
		"missing":          {exec.Command("/nonexistent/plugin"), []string{"cannot start /nonexistent/plugin", "no such file"}},
		"another program":  {sh("echo hello; echo wrong flag >&2; exit 3"), []string{"is it one?", "exit status 3", "its last line: wrong flag"}},
		"says nothing":     {sh("exit 4"), []string{"is it one?", "exit status 4"}},
		"other protocol":   {sh("echo '1|1|tcp|127.0.0.1:1|netrpc'; sleep 60"), []string{`unsupported plugin protocol "netrpc"`}},
		"other version":    {sh("echo '1|9|unix|/x|grpc'; sleep 60"), []string{"incompatible API version"}},
		"no such socket":   {sh("echo '1|1|unix|/nonexistent|grpc'; sleep 60"), []string{"does not describe itself"}},
		"no mutual TLS":    {sh("echo '1|1|unix|/nonexistent|grpc|'; sleep 60"), []string{"does not describe itself"}},
		"bad certificate":  {sh("echo '1|1|unix|/nonexistent|grpc|" + strings.Repeat("!", 60) + "'; sleep 60"), []string{"error parsing server cert"}},
		"a log that lies":  {sh(`echo '{"@message":1,"@level":[]}' >&2; echo no; exit 5`), []string{`its last line: {"@message":1`}},
		"leaves a child":   {sh("sleep 60 >/dev/null & exit 6"), []string{"exit status 6"}},
		"floods its error": {sh("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 7"), []string{"exit status 7"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := newHost(t, Config{
				Plugins: []Plugin{{Provider: "test"}},
				Command: func(Plugin) (*exec.Cmd, error) { c := *test.cmd; return &c, nil },
			})
			h.Start(t.Context())
			for _, want := range test.want {
				requireLastError(t, h, want)
			}
			require.Nil(t, h.UnavailableResponse("test"))
			require.NoError(t, h.Close(t.Context()))
		})
	}
}

func TestBadPluginsAreRefused(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{
		"manifest": "manifest: id_format: 0 is not a known format",
		"name":     `describes provider "other", but is configured as "test"`,
		"panic":    "panic: boom at start",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h, _ := newHost(t, Config{Plugins: []Plugin{{Provider: "test", Env: []string{modeVariable + "=" + mode}}}})
			h.Start(t.Context())
			requireLastError(t, h, want)
			require.Empty(t, h.Providers().Names())
		})
	}
}

func TestCloseKillsAPluginThatHangs(t *testing.T) {
	t.Parallel()
	h, _ := startHost(t, Plugin{})
	pid := h.Status()[0].PID
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, h.Close(ctx))
	require.False(t, alive(t, pid))
}

func TestPluginIgnoresTerminate(t *testing.T) {
	t.Parallel()
	h, _ := startHost(t, Plugin{})
	pid := h.Status()[0].PID
	require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	require.NoError(t, syscall.Kill(pid, syscall.SIGINT))
	_, err := h.Handle(t.Context(), "test", get("/env"), nil)
	require.NoError(t, err)
	require.Equal(t, pid, h.Status()[0].PID)
}

func TestCloseWhileStarting(t *testing.T) {
	t.Parallel()
	h, _ := newHost(t, Config{
		Plugins: []Plugin{{Provider: "test"}},
		Command: func(Plugin) (*exec.Cmd, error) { return exec.Command("/bin/sleep", "60"), nil },
	})
	h.Start(t.Context())
	require.NoError(t, h.Close(t.Context()))
	require.Equal(t, 0, h.Status()[0].PID)

	h, _ = newHost(t, Config{Plugins: []Plugin{{Provider: "test"}}})
	require.NoError(t, h.Close(t.Context()))
	h.Start(t.Context()) // does nothing after Close
	require.ErrorIs(t, h.WaitReady(t.Context()), ErrUnavailable)
}

func TestPluginEndsWithAKilledGateway(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	gateway := exec.Command(self)
	gateway.Env = append(os.Environ(), gatewayVariable+"=1")
	out, err := gateway.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, gateway.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, line)
	require.True(t, alive(t, pid))
	require.NoError(t, gateway.Process.Kill())
	_ = gateway.Wait()
	requireGone(t, pid)
}
