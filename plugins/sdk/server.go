package sdk

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// server answers the gRPC contract with an [Adapter].
type server struct {
	adapterv1.UnimplementedAdapterServer
	adapter Adapter
	handler http.Handler
	log     *slog.Logger
}

// newServer builds the handler once; the manifest is built per Describe.
func newServer(a Adapter, log *slog.Logger) *server {
	return &server{adapter: a, handler: a.Handler(), log: log}
}

// Describe answers the manifest, with the vendor's envelope for the times when
// the plugin cannot be asked.
func (s *server) Describe(ctx context.Context, in *adapterv1.DescribeRequest) (*adapterv1.DescribeResponse, error) {
	var p *adapterv1.Manifest
	var refused error
	ok := s.guard(ctx, func() {
		if refused = s.configure(in.GetSettings()); refused != nil {
			return
		}
		m := s.adapter.Manifest()
		w := newResponseWriter()
		s.adapter.EncodeError(w, blankRequest(ctx), &Error{
			Code: CodeUnavailable, Message: "The service is unavailable; try again shortly",
		})
		m.Unavailable = w.response()
		p = m.Proto()
	})
	if !ok {
		return nil, status.Error(codes.Internal, "the adapter panicked while it described itself")
	}
	if refused != nil {
		return nil, status.Error(codes.InvalidArgument, refused.Error())
	}
	return &adapterv1.DescribeResponse{Manifest: p}, nil
}

// configure hands the operator's settings to an adapter that takes some.
func (s *server) configure(settings map[string]string) error {
	c, ok := s.adapter.(Configurer)
	switch {
	case ok:
		secret := make(map[string]Secret, len(settings))
		for name, value := range settings {
			secret[name] = Secret(value)
		}
		return c.Configure(secret)
	case len(settings) > 0:
		return errors.New("settings: this adapter takes none; remove them")
	default:
		return nil
	}
}

// Handle answers one request of the vendor API.
func (s *server) Handle(stream grpc.BidiStreamingServer[adapterv1.HandleRequest, adapterv1.HandleResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	in := first.GetRequest()
	if in == nil {
		return status.Error(codes.InvalidArgument, "the first message of Handle must be a request")
	}
	engine := newEngineClient(stream.Send)
	// The reader ends with the stream, which ends when this method returns.
	go func() {
		defer engine.end()
		for {
			m, err := stream.Recv()
			if err != nil {
				return
			}
			engine.receive(m.GetReply())
		}
	}()
	ctx := withOperation(WithEngine(stream.Context(), engine, CallerFromProto(in.GetCaller())), in.GetOperationId())
	response := s.serve(ctx, in)
	engine.end()
	return stream.Send(&adapterv1.HandleResponse{Message: &adapterv1.HandleResponse_Response{Response: response.Proto()}})
}

// serve runs the adapter's handler, or its error encoder for a request that has
// failed already. A panic, or an answer that is too large, becomes the vendor's
// internal error.
func (s *server) serve(ctx context.Context, in *adapterv1.APIRequest) *Response {
	failure := ErrorFromProto(in.GetFailure())
	r, err := httpRequest(ctx, in)
	if err != nil {
		s.log.WarnContext(ctx, "cannot rebuild the request", slog.Any("error", err))
		r = blankRequest(ctx)
		if failure == nil {
			failure = Errorf(CodeInvalid, "The request line is malformed")
		}
	}
	answer := func(w *responseWriter) {
		if failure != nil {
			s.adapter.EncodeError(w, r, failure)
			return
		}
		s.handler.ServeHTTP(w, r)
	}
	w := newResponseWriter()
	if s.guard(ctx, func() { answer(w) }) && !w.tooLarge {
		return w.response()
	}
	if w.tooLarge {
		s.log.ErrorContext(ctx, "response refused", slog.Any("error", errResponseTooLarge))
	}
	w = newResponseWriter()
	if s.guard(ctx, func() { s.adapter.EncodeError(w, r, Errorf(CodeInternal, "Internal error")) }) {
		return w.response()
	}
	return &Response{Status: http.StatusInternalServerError}
}

// guard runs f and tells whether it returned; a panic is logged.
func (s *server) guard(ctx context.Context, f func()) (returned bool) {
	defer s.recovered(ctx, nil)
	f()
	return true
}

// recovered ends a panic in the log, and sets err to errPanicked. It is deferred
// itself, not called by what is.
func (s *server) recovered(ctx context.Context, err *error) {
	if p := recover(); p != nil {
		if err != nil {
			*err = errPanicked
		}
		s.log.ErrorContext(ctx, "adapter panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	}
}

// blankRequest stands in for a request that there is none of.
func blankRequest(ctx context.Context) *http.Request {
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	return r
}

var errPath = errors.New("the path does not start with a slash")

// httpRequest rebuilds the request as net/http's server would have handed it over.
func httpRequest(ctx context.Context, in *adapterv1.APIRequest) (*http.Request, error) {
	if !strings.HasPrefix(in.GetPath(), "/") {
		return nil, errPath
	}
	u, err := url.ParseRequestURI(in.GetPath())
	if err != nil {
		return nil, err
	}
	u.RawQuery = in.GetQuery()
	r, err := http.NewRequestWithContext(ctx, in.GetMethod(), "/", bytes.NewReader(in.GetBody()))
	if err != nil {
		return nil, err
	}
	// Set, not parsed from text again: //host/path is a path here.
	r.URL = u
	r.RequestURI = u.RequestURI()
	for _, h := range in.GetHeaders() {
		r.Header.Add(h.GetName(), h.GetValue())
	}
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host")
	return r, nil
}
