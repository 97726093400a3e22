package pluginhost

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// logBuffer collects log lines as JSON.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// newHost returns a host that is closed with the test.
func newHost(tb testing.TB, cfg Config) (*Host, *logBuffer) {
	tb.Helper()
	logs := &logBuffer{}
	cfg.Log = logs.logger()
	h, err := New(cfg)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = h.Close(context.Background()) })
	return h, logs
}

// startHost returns a host with one real plugin that is up.
func startHost(tb testing.TB, p Plugin) (*Host, *logBuffer) {
	tb.Helper()
	p.Provider = "test"
	h, logs := newHost(tb, Config{Plugins: []Plugin{p}})
	h.Start(tb.Context())
	require.NoError(tb, h.WaitReady(tb.Context()))
	return h, logs
}

// alive tells whether a process exists and is not a zombie.
func alive(t *testing.T, pid int) bool {
	t.Helper()
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	_, after, ok := strings.Cut(string(stat), ") ")
	return ok && !strings.HasPrefix(after, "Z")
}

func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return !alive(t, pid) }, 10*time.Second, 10*time.Millisecond, "process %d lives on", pid)
}

// fakePlugin is a server that says what a test wants, right or wrong.
type fakePlugin struct {
	adapterv1.UnimplementedAdapterServer
	manifest func() *adapterv1.DescribeResponse
	handle   func(s adapterv1.Adapter_HandleServer) error
	render   func(in *adapterv1.RenderRequest) (*adapterv1.RenderResponse, error)
}

func (f *fakePlugin) Describe(context.Context, *adapterv1.DescribeRequest) (*adapterv1.DescribeResponse, error) {
	if f.manifest != nil {
		return f.manifest(), nil
	}
	m := testManifest()
	m.Unavailable = &sdk.Response{Status: 503, Body: []byte("vendor is away")}
	return &adapterv1.DescribeResponse{Manifest: m.Proto()}, nil
}

func (f *fakePlugin) Handle(s adapterv1.Adapter_HandleServer) error { return f.handle(s) }

func (f *fakePlugin) Render(_ context.Context, in *adapterv1.RenderRequest) (*adapterv1.RenderResponse, error) {
	return f.render(in)
}

// fakeHost returns a host whose plugin is f, in this process.
func fakeHost(tb testing.TB, f *fakePlugin, cfg Config) (*Host, *logBuffer) {
	tb.Helper()
	cfg.Plugins = []Plugin{{Provider: "test"}}
	h, logs := newHost(tb, cfg)
	h.launch = func(context.Context, Plugin, *slog.Logger) (*link, error) { return dialFake(tb, f), nil }
	h.Start(tb.Context())
	require.NoError(tb, h.WaitReady(tb.Context()))
	return h, logs
}

func dialFake(tb testing.TB, f *fakePlugin) *link {
	tb.Helper()
	listener := bufconn.Listen(1 << 20)
	s := grpc.NewServer(grpc.MaxRecvMsgSize(sdk.MaxMessageSize), grpc.MaxSendMsgSize(sdk.MaxMessageSize))
	adapterv1.RegisterAdapterServer(s, f)
	served := make(chan struct{})
	go func() { defer close(served); _ = s.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///fake", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessageSize), grpc.MaxCallSendMsgSize(sdk.MaxMessageSize)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(tb, err)
	return &link{
		client: adapterv1.NewAdapterClient(conn), pid: 1,
		watch: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		stop:  func() error { _ = conn.Close(); s.Stop(); <-served; return nil },
		kill:  func() {},
	}
}

// testEngine answers GetSubscription; the rest is not called.
type testEngine struct {
	sdk.Engine
	get func(ctx context.Context, id string) (*sdk.Subscription, error)
}

func (e testEngine) GetSubscription(ctx context.Context, id string) (*sdk.Subscription, error) {
	return e.get(ctx, id)
}
