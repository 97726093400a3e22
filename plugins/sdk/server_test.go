package sdk

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// testAdapter is an adapter whose parts a test sets.
type testAdapter struct {
	manifest func() Manifest
	handle   http.HandlerFunc
	encode   func(w http.ResponseWriter, r *http.Request, err *Error)
	render   func(ctx context.Context, d *Delivery) (*Request, error)
}

func (a *testAdapter) Manifest() Manifest {
	if a.manifest != nil {
		return a.manifest()
	}
	return Manifest{Provider: "test"}
}
func (a *testAdapter) Handler() http.Handler { return a.handle }
func (a *testAdapter) Render(ctx context.Context, d *Delivery) (*Request, error) {
	return a.render(ctx, d)
}

func (a *testAdapter) EncodeError(w http.ResponseWriter, r *http.Request, err *Error) {
	if a.encode != nil {
		a.encode(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/vendor+json")
	w.WriteHeader(err.Code.Status())
	_, _ = w.Write([]byte(err.Code.String() + ": " + err.Message))
}

// lockedBuffer collects log lines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serveAdapter serves a over gRPC in this process.
func serveAdapter(t *testing.T, a Adapter) (adapterv1.AdapterClient, *lockedBuffer) {
	t.Helper()
	logs := &lockedBuffer{}
	listener := bufconn.Listen(1 << 20)
	s := grpc.NewServer(grpc.MaxRecvMsgSize(MaxMessageSize), grpc.MaxSendMsgSize(MaxMessageSize))
	p := &Plugin{Adapter: a, Log: slog.New(newLogHandler(logs))}
	require.NoError(t, p.GRPCServer(nil, s))
	served := make(chan struct{})
	go func() { defer close(served); _ = s.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///test",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessageSize)))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(); s.Stop(); <-served })
	return adapterv1.NewAdapterClient(conn), logs
}

// handle sends one request and answers its engine calls with reply.
func handle(
	t *testing.T, c adapterv1.AdapterClient, in *adapterv1.APIRequest,
	reply func(*adapterv1.EngineCall) *adapterv1.EngineReply,
) *adapterv1.HTTPResponse {
	t.Helper()
	stream, err := c.Handle(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Request{Request: in}}))
	for {
		m, err := stream.Recv()
		require.NoError(t, err)
		if call := m.GetCall(); call != nil {
			r := reply(call)
			require.NoError(t, stream.Send(&adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Reply{Reply: r}}))
			continue
		}
		return m.GetResponse()
	}
}

func header(r *adapterv1.HTTPResponse, name string) string {
	for _, h := range r.GetHeaders() {
		if h.GetName() == name {
			return h.GetValue()
		}
	}
	return ""
}

func TestHandleGivesTheRequestAsItWas(t *testing.T) {
	t.Parallel()
	c, _ := serveAdapter(t, &testAdapter{handle: func(w http.ResponseWriter, r *http.Request) {
		body := new(bytes.Buffer)
		_, err := body.ReadFrom(r.Body)
		require.NoError(t, err)
		require.Equal(t, "/a%2Fb//c", r.URL.EscapedPath())
		require.Equal(t, "x=1&x=%zz", r.URL.RawQuery)
		require.Equal(t, "/a%2Fb//c?x=1&x=%zz", r.RequestURI)
		require.Equal(t, []string{"1", "2"}, r.Header.Values("X-Twice"))
		require.Equal(t, "api.example.com", r.Host)
		require.Equal(t, "body", body.String())
		require.Equal(t, "createThing", OperationFrom(r.Context()))
		require.Equal(t, Caller{AccountID: "acc", Namespace: "ns", Scopes: []string{"s"}}, CallerFrom(r.Context()))
		w.Header().Add("Set-Cookie", "b")
		w.Header().Add("Set-Cookie", "a")
		w.Header().Set("A", "1")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("Late", "1")
		w.WriteHeader(http.StatusOK)
	}})
	got := handle(t, c, &adapterv1.APIRequest{
		Method: "POST", Path: "/a%2Fb//c", Query: "x=1&x=%zz", Body: []byte("body"), OperationId: "createThing",
		Headers: HeadersProto([]Header{{"X-Twice", "1"}, {"X-Twice", "2"}, {"Host", "api.example.com"}}),
		Caller:  Caller{AccountID: "acc", Namespace: "ns", Scopes: []string{"s"}}.Proto(),
	}, nil)
	require.Equal(t, &Response{
		Status: 201, Headers: []Header{{"A", "1"}, {"Set-Cookie", "b"}, {"Set-Cookie", "a"}},
	}, ResponseFromProto(got))
}

func TestHandleKeepsAPathThatLooksLikeAHost(t *testing.T) {
	t.Parallel()
	c, _ := serveAdapter(t, &testAdapter{handle: func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.Host + "|" + r.URL.Path))
	}})
	got := handle(t, c, &adapterv1.APIRequest{Method: "GET", Path: "//evil.example/path"}, nil)
	require.Equal(t, "|//evil.example/path", string(got.GetBody()))
}

func TestEngineCallsOverlap(t *testing.T) {
	t.Parallel()
	const n = 8
	c, _ := serveAdapter(t, &testAdapter{handle: func(w http.ResponseWriter, r *http.Request) {
		var wg sync.WaitGroup
		got := make([]string, n)
		for i := range n {
			wg.Go(func() {
				sub, err := EngineFrom(r.Context()).GetSubscription(r.Context(), string(rune('a'+i)))
				if err == nil {
					got[i] = sub.ID
				}
			})
		}
		wg.Wait()
		_, _ = w.Write([]byte(strings.Join(got, "")))
	}})
	stream, err := c.Handle(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Request{
		Request: &adapterv1.APIRequest{Method: "GET", Path: "/"},
	}}))
	// All calls are on their way before the first is answered, the last one first.
	calls := make([]*adapterv1.EngineCall, n)
	for i := range calls {
		m, err := stream.Recv()
		require.NoError(t, err)
		calls[n-1-i] = m.GetCall()
	}
	for _, call := range calls {
		id := call.GetGetSubscription().GetId()
		require.NoError(t, stream.Send(&adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Reply{Reply: &adapterv1.EngineReply{
			Id: call.GetId(),
			Reply: &adapterv1.EngineReply_Subscription{Subscription: &adapterv1.SubscriptionReply{
				Subscription: (&Subscription{ID: id}).Proto(),
			}},
		}}}))
	}
	m, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, "abcdefgh", string(m.GetResponse().GetBody()))
}

func TestEngineErrorsReachTheHandler(t *testing.T) {
	t.Parallel()
	want := InvalidField("/url", "must use https")
	tests := map[string]struct {
		reply *adapterv1.EngineReply
		code  Code
	}{
		"typed":         {&adapterv1.EngineReply{Reply: &adapterv1.EngineReply_Error{Error: want.Proto()}}, CodeInvalid},
		"nothing":       {&adapterv1.EngineReply{}, CodeInternal},
		"other than it": {&adapterv1.EngineReply{Reply: &adapterv1.EngineReply_Deliveries{}}, CodeInternal},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serveAdapter(t, &testAdapter{handle: func(w http.ResponseWriter, r *http.Request) {
				_, err := EngineFrom(r.Context()).CreateSubscription(r.Context(), SubscriptionSpec{})
				w.WriteHeader(AsError(err).Code.Status())
			}})
			got := handle(t, c, &adapterv1.APIRequest{Method: "GET", Path: "/"}, func(call *adapterv1.EngineCall) *adapterv1.EngineReply {
				require.NotNil(t, call.GetCreateSubscription())
				test.reply.Id = call.GetId()
				return test.reply
			})
			require.Equal(t, test.code.Status(), int(got.GetStatus()))
		})
	}
}

func TestListsWithoutAListAreErrors(t *testing.T) {
	t.Parallel()
	c, _ := serveAdapter(t, &testAdapter{handle: func(w http.ResponseWriter, r *http.Request) {
		e := EngineFrom(r.Context())
		_, err := e.ListSubscriptions(r.Context(), 1, "")
		require.True(t, IsCode(err, CodeInternal))
		_, err = e.ListDeliveries(r.Context(), DeliveryQuery{})
		require.True(t, IsCode(err, CodeInternal))
		w.WriteHeader(http.StatusNoContent)
	}})
	got := handle(t, c, &adapterv1.APIRequest{Method: "GET", Path: "/"}, func(call *adapterv1.EngineCall) *adapterv1.EngineReply {
		return &adapterv1.EngineReply{Id: call.GetId()}
	})
	require.Equal(t, 204, int(got.GetStatus()))
}

func TestEngineFailsAfterTheResponse(t *testing.T) {
	t.Parallel()
	kept := make(chan Engine, 1)
	c, _ := serveAdapter(t, &testAdapter{handle: func(_ http.ResponseWriter, r *http.Request) { kept <- EngineFrom(r.Context()) }})
	handle(t, c, &adapterv1.APIRequest{Method: "GET", Path: "/"}, nil)
	_, err := (<-kept).GetSubscription(context.Background(), "1")
	require.True(t, IsCode(err, CodeUnavailable), "%v", err)
}

func TestEngineCallEndsWithTheStream(t *testing.T) {
	t.Parallel()
	result := make(chan error, 1)
	c, _ := serveAdapter(t, &testAdapter{handle: func(_ http.ResponseWriter, r *http.Request) {
		// A context that outlives the stream: the end of the stream must be enough.
		_, err := EngineFrom(r.Context()).GetSubscription(context.WithoutCancel(r.Context()), "1")
		result <- err
	}})
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := c.Handle(ctx)
	require.NoError(t, err)
	require.NoError(t, stream.Send(&adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Request{
		Request: &adapterv1.APIRequest{Method: "GET", Path: "/"},
	}}))
	_, err = stream.Recv()
	require.NoError(t, err)
	cancel()
	require.True(t, IsCode(<-result, CodeUnavailable))
}

func TestFailuresAreEncoded(t *testing.T) {
	t.Parallel()
	boom := func(http.ResponseWriter, *http.Request) { panic("secret detail") }
	big := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxResponseBody+1)) }
	get := &adapterv1.APIRequest{Method: "GET", Path: "/"}
	tests := map[string]struct {
		adapter testAdapter
		in      *adapterv1.APIRequest
		status  int
		body    string
	}{
		"failure": {
			testAdapter{handle: boom},
			&adapterv1.APIRequest{Method: "GET", Path: "/", Failure: Errorf(CodeDenied, "No").Proto()}, 403, "denied: No",
		},
		"failure of a request that cannot be rebuilt": {
			testAdapter{handle: boom},
			&adapterv1.APIRequest{Method: "B A D", Path: "nowhere", Failure: Errorf(CodeNotFound, "No").Proto()}, 404, "not_found: No",
		},
		"malformed path":   {testAdapter{handle: boom}, &adapterv1.APIRequest{Method: "GET", Path: "http://x/"}, 400, "invalid: The request line is malformed"},
		"malformed escape": {testAdapter{handle: boom}, &adapterv1.APIRequest{Method: "GET", Path: "/%zz"}, 400, "invalid: The request line is malformed"},
		"panic":            {testAdapter{handle: boom}, get, 500, "internal: Internal error"},
		"panic after half an answer": {testAdapter{handle: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			_, _ = w.Write([]byte("half"))
			panic("late")
		}}, get, 500, "internal: Internal error"},
		"no status":  {testAdapter{handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(42) }}, get, 500, "internal: Internal error"},
		"too large":  {testAdapter{handle: big}, get, 500, "internal: Internal error"},
		"all panics": {testAdapter{handle: boom, encode: func(http.ResponseWriter, *http.Request, *Error) { panic("again") }}, get, 500, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serveAdapter(t, &test.adapter)
			got := handle(t, c, test.in, nil)
			require.Equal(t, test.status, int(got.GetStatus()))
			require.Equal(t, test.body, string(got.GetBody()))
			if test.body != "" {
				require.Equal(t, "application/vendor+json", header(got, "Content-Type"))
			}
			// The process lives on.
			_, err := c.Describe(t.Context(), &adapterv1.DescribeRequest{})
			require.Equal(t, name == "all panics", err != nil)
		})
	}
}

func TestPanicsAreLogged(t *testing.T) {
	t.Parallel()
	c, logs := serveAdapter(t, &testAdapter{handle: func(http.ResponseWriter, *http.Request) { panic("why") }})
	handle(t, c, &adapterv1.APIRequest{Method: "GET", Path: "/"}, nil)
	require.Contains(t, logs.String(), `"panic":"why"`)
	require.Contains(t, logs.String(), "server_test.go")
}

func TestHandleNeedsARequestFirst(t *testing.T) {
	t.Parallel()
	c, _ := serveAdapter(t, &testAdapter{})
	stream, err := c.Handle(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&adapterv1.HandleRequest{}))
	_, err = stream.Recv()
	require.Equal(t, codes.InvalidArgument, status.Code(err))
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	c, _ := serveAdapter(t, &testAdapter{})
	got, err := c.Describe(t.Context(), &adapterv1.DescribeRequest{})
	require.NoError(t, err)
	m := ManifestFromProto(got.GetManifest())
	require.Equal(t, "test", m.Provider)
	require.Equal(t, 503, m.Unavailable.Status)
	require.Contains(t, string(m.Unavailable.Body), "unavailable: ")

	c, _ = serveAdapter(t, &testAdapter{manifest: func() Manifest { panic(errors.New("no manifest")) }})
	_, err = c.Describe(t.Context(), &adapterv1.DescribeRequest{})
	require.Equal(t, codes.Internal, status.Code(err))
}

// configured is an adapter that takes one setting.
type configured struct {
	Adapter
	got Secret
}

func (c *configured) Configure(settings map[string]Secret) error {
	if c.got = settings["mode"]; c.got == "" {
		return errors.New("mode: must be set")
	}
	return nil
}

func TestDescribeHandsSettingsOver(t *testing.T) {
	t.Parallel()
	plain := &testAdapter{}
	c := &configured{Adapter: plain}
	s := newServer(c, slog.New(slog.DiscardHandler))
	_, err := s.Describe(t.Context(), &adapterv1.DescribeRequest{Settings: map[string]string{"mode": "x"}})
	require.NoError(t, err)
	require.Equal(t, "x", c.got.Reveal())
	_, err = s.Describe(t.Context(), &adapterv1.DescribeRequest{})
	require.ErrorContains(t, err, "mode: must be set")
	_, err = newServer(plain, slog.New(slog.DiscardHandler)).Describe(t.Context(), &adapterv1.DescribeRequest{Settings: map[string]string{"mode": "x"}})
	require.ErrorContains(t, err, "takes none")
}

func TestEngineCallsWithBytesThatAreNotText(t *testing.T) {
	t.Parallel()
	ids := make(chan string, 1)
	c, _ := serveAdapter(t, &testAdapter{handle: func(w http.ResponseWriter, r *http.Request) {
		engine := EngineFrom(r.Context())
		_, err := engine.GetSubscription(r.Context(), "a\xff")
		require.True(t, IsCode(err, CodeNotFound), "%v", err)
		_, err = engine.ListSubscriptions(r.Context(), 0, "\xff")
		require.True(t, IsCode(err, CodeInvalid), "%v", err)
		w.WriteHeader(http.StatusNoContent)
	}})
	resp := handle(t, c, &adapterv1.APIRequest{Method: http.MethodGet, Path: "/a%FF"}, func(call *adapterv1.EngineCall) *adapterv1.EngineReply {
		ids <- call.GetGetSubscription().GetId()
		return &adapterv1.EngineReply{Id: call.GetId(), Reply: &adapterv1.EngineReply_Error{Error: Errorf(CodeNotFound, "No").Proto()}}
	})
	require.EqualValues(t, http.StatusNoContent, resp.GetStatus())
	require.Equal(t, "a\uFFFD", <-ids)
}
