package pluginhost

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

func callMessage(id uint64) *adapterv1.HandleResponse {
	return &adapterv1.HandleResponse{Message: &adapterv1.HandleResponse_Call{Call: &adapterv1.EngineCall{
		Id: id, Call: &adapterv1.EngineCall_GetSubscription{GetSubscription: &adapterv1.GetSubscription{Id: "x"}},
	}}}
}

func responseMessage(r *adapterv1.HTTPResponse) *adapterv1.HandleResponse {
	return &adapterv1.HandleResponse{Message: &adapterv1.HandleResponse_Response{Response: r}}
}

// says makes a plugin that sends messages and ends the stream.
func says(messages ...*adapterv1.HandleResponse) *fakePlugin {
	return &fakePlugin{handle: func(s adapterv1.Adapter_HandleServer) error {
		for _, m := range messages {
			if err := s.Send(m); err != nil {
				return err
			}
		}
		return nil
	}}
}

func TestMalformedHandleReplies(t *testing.T) {
	t.Parallel()
	header := func(name, value string) *adapterv1.HandleResponse {
		return responseMessage(&adapterv1.HTTPResponse{Status: 200, Headers: []*adapterv1.Header{{Name: name, Value: value}}})
	}
	many := &adapterv1.HTTPResponse{Status: 200}
	for range pluginclient.MaxHeaders + 1 {
		many.Headers = append(many.Headers, &adapterv1.Header{Name: "X"})
	}
	noCall := &adapterv1.HandleResponse{Message: &adapterv1.HandleResponse_Call{Call: &adapterv1.EngineCall{Id: 1}}}
	tests := map[string]struct {
		plugin *fakePlugin
		want   string
	}{
		"nothing":           {says(), "without a response"},
		"empty message":     {says(&adapterv1.HandleResponse{}), "neither an engine call nor a response"},
		"no status":         {says(responseMessage(&adapterv1.HTTPResponse{})), "status 0"},
		"informational":     {says(responseMessage(&adapterv1.HTTPResponse{Status: 101})), "status 101"},
		"status too high":   {says(responseMessage(&adapterv1.HTTPResponse{Status: 600})), "status 600"},
		"huge status":       {says(responseMessage(&adapterv1.HTTPResponse{Status: 1<<32 - 1})), "status 4294967295"},
		"header name":       {says(header("a b", "")), `header name "a b"`},
		"empty header name": {says(header("", "")), `header name ""`},
		"header value":      {says(header("A", "x\r\nSet-Cookie: y")), "value of header A"},
		"header of bytes":   {says(header("A", strings.Repeat("x", pluginclient.MaxHeaderBytes))), "headers of more than"},
		"many headers":      {says(responseMessage(many)), "more than 200 headers"},
		"large body":        {says(responseMessage(&adapterv1.HTTPResponse{Status: 200, Body: make([]byte, pluginclient.MaxBody+1)})), "body of 16777217 bytes"},
		"unknown call":      {says(noCall), "does not know"},
		"two calls, one id": {says(callMessage(4), callMessage(4)), "two engine calls with id 4"},
		"status error": {&fakePlugin{handle: func(adapterv1.Adapter_HandleServer) error {
			return status.Error(codes.Internal, "broken")
		}}, "broken"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, logs := fakeHost(t, test.plugin, Config{})
			got, err := h.Handle(t.Context(), "test", get("/"), testEngine{
				get: func(context.Context, string) (*sdk.Subscription, error) { return &sdk.Subscription{}, nil },
			})
			require.Nil(t, got)
			require.ErrorIs(t, err, ErrBadReply)
			require.ErrorContains(t, err, test.want)
			require.Contains(t, logs.String(), "plugin failed to handle a request")
		})
	}
}

func TestResponseLosesTheHeadersOfAConnection(t *testing.T) {
	t.Parallel()
	var hs []*adapterv1.Header
	for _, name := range []string{"Connection", "TE", "transfer-encoding", "Content-Length", "Keep-Alive", "X-Kept"} {
		hs = append(hs, &adapterv1.Header{Name: name, Value: "1"})
	}
	h, _ := fakeHost(t, says(responseMessage(&adapterv1.HTTPResponse{Status: 200, Headers: hs})), Config{})
	got, err := h.Handle(t.Context(), "test", get("/"), nil)
	require.NoError(t, err)
	require.Equal(t, []sdk.Header{{Name: "X-Kept", Value: "1"}}, got.Headers)
}

func TestEngineCallsEndWithTheResponse(t *testing.T) {
	t.Parallel()
	entered, released := make(chan struct{}), make(chan struct{})
	after := make(chan error, 1)
	h, _ := fakeHost(t, &fakePlugin{handle: func(s adapterv1.Adapter_HandleServer) error {
		_ = s.Send(callMessage(1))
		<-entered
		_ = s.Send(responseMessage(&adapterv1.HTTPResponse{Status: 200}))
		// The plugin goes on as if the stream were its own.
		<-released
		var err error
		for err == nil {
			_ = s.Send(callMessage(2))
			_, err = s.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
		}
		after <- err
		return nil
	}}, Config{})
	var calls, running atomic.Int32
	_, err := h.Handle(t.Context(), "test", get("/"), testEngine{get: func(ctx context.Context, _ string) (*sdk.Subscription, error) {
		calls.Add(1)
		running.Add(1)
		defer running.Add(-1)
		close(entered)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	require.NoError(t, err)
	require.Zero(t, running.Load(), "an engine call outlives the request")
	close(released)
	require.Error(t, <-after)
	require.EqualValues(t, 1, calls.Load(), "a call after the end was made")
}

func TestEngineCallsAreBounded(t *testing.T) {
	t.Parallel()
	const calls = 40
	h, _ := fakeHost(t, &fakePlugin{handle: func(s adapterv1.Adapter_HandleServer) error {
		for i := range uint64(calls) {
			_ = s.Send(callMessage(i))
		}
		_, _ = s.Recv() // the request
		for range calls {
			if _, err := s.Recv(); err != nil {
				return err
			}
		}
		return s.Send(responseMessage(&adapterv1.HTTPResponse{Status: 204}))
	}}, Config{})
	var running, most atomic.Int32
	full := make(chan struct{})
	got, err := h.Handle(t.Context(), "test", get("/"), testEngine{get: func(context.Context, string) (*sdk.Subscription, error) {
		n := running.Add(1)
		defer running.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == pluginclient.MaxEngineCalls {
			close(full)
		}
		<-full // the first ones wait for each other, so that all slots are taken
		return &sdk.Subscription{}, nil
	}})
	require.NoError(t, err)
	require.Equal(t, 204, got.Status)
	require.EqualValues(t, pluginclient.MaxEngineCalls, most.Load())
}

func TestEngineErrorsTravel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		get  func(context.Context, string) (*sdk.Subscription, error)
		want *sdk.Error
	}{
		"typed": {
			func(context.Context, string) (*sdk.Subscription, error) { return nil, sdk.InvalidField("/url", "no") },
			sdk.InvalidField("/url", "no"),
		},
		"internal": {
			func(context.Context, string) (*sdk.Subscription, error) { return nil, errors.New("secret detail") },
			sdk.Errorf(sdk.CodeInternal, "Internal error"),
		},
		"panic": {
			func(context.Context, string) (*sdk.Subscription, error) { panic("secret detail") },
			sdk.Errorf(sdk.CodeInternal, "Internal error"),
		},
		"nothing": {
			func(context.Context, string) (*sdk.Subscription, error) { return nil, nil },
			sdk.Errorf(sdk.CodeInternal, "Internal error"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replies := make(chan *adapterv1.EngineReply, 1)
			h, logs := fakeHost(t, &fakePlugin{handle: func(s adapterv1.Adapter_HandleServer) error {
				_, _ = s.Recv()
				_ = s.Send(callMessage(9))
				m, err := s.Recv()
				replies <- m.GetReply()
				_ = s.Send(responseMessage(&adapterv1.HTTPResponse{Status: 200}))
				return err
			}}, Config{})
			_, err := h.Handle(t.Context(), "test", get("/"), testEngine{get: test.get})
			require.NoError(t, err)
			reply := <-replies
			require.EqualValues(t, 9, reply.GetId())
			require.Equal(t, test.want, sdk.ErrorFromProto(reply.GetError()))
			require.Equal(t, name == "internal" || name == "panic", strings.Contains(logs.String(), "secret detail"))
		})
	}
}

func TestHandleSendsWhatTheClientSent(t *testing.T) {
	t.Parallel()
	requests := make(chan *adapterv1.APIRequest, 1)
	h, _ := fakeHost(t, &fakePlugin{handle: func(s adapterv1.Adapter_HandleServer) error {
		m, err := s.Recv()
		requests <- m.GetRequest()
		_ = s.Send(responseMessage(&adapterv1.HTTPResponse{Status: 200}))
		return err
	}}, Config{})
	_, err := h.Handle(t.Context(), "test", APIRequest{
		Method: "PUT", Path: "/caf\xe9/é", Query: "q=\xff", OperationID: "op", Body: []byte{0xff},
		Headers: []sdk.Header{{Name: "X", Value: "\xe9"}}, Caller: sdk.Caller{AccountID: "a", Namespace: "n", Scopes: []string{"s"}},
	}, nil)
	require.NoError(t, err)
	got := <-requests
	require.Equal(t, "/caf%E9/%C3%A9", got.GetPath())
	require.Equal(t, "q=%FF", got.GetQuery())
	require.Equal(t, "PUT", got.GetMethod())
	require.Equal(t, "op", got.GetOperationId())
	require.Equal(t, []byte{0xff}, got.GetBody())
	require.Equal(t, sdk.Caller{AccountID: "a", Namespace: "n", Scopes: []string{"s"}}, sdk.CallerFromProto(got.GetCaller()))
}

func TestUnknownProvider(t *testing.T) {
	t.Parallel()
	h, _ := newHost(t, Config{})
	_, err := h.Handle(t.Context(), "nobody", get("/"), nil)
	require.ErrorIs(t, err, ErrUnknownProvider)
	_, err = h.Render(t.Context(), "nobody", nil)
	require.ErrorIs(t, err, ErrUnknownProvider)
}

func TestHandleWaitsForAPluginThatIsDown(t *testing.T) {
	t.Parallel()
	h, _ := newHost(t, Config{Plugins: []Plugin{{Provider: "test"}}, HandleWait: 10 * time.Millisecond})
	_, err := h.Handle(t.Context(), "test", get("/"), nil)
	require.ErrorIs(t, err, ErrUnavailable)
	var unavailable *UnavailableError
	require.ErrorAs(t, err, &unavailable)
	require.Nil(t, unavailable.Response)
	require.Equal(t, "test", unavailable.Provider)
}
