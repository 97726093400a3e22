package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"

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

func (s *server) Describe(context.Context, *adapterv1.DescribeRequest) (*adapterv1.DescribeResponse, error) {
	m := s.adapter.Manifest()
	r, err := http.NewRequest(http.MethodGet, "/", http.NoBody) //nolint:noctx // never sent
	if err != nil {
		return nil, status.Errorf(codes.Internal, "build request: %v", err)
	}
	w := newResponseWriter()
	s.adapter.EncodeError(w, r, &Error{Code: CodeUnavailable, Message: "The service is unavailable; try again shortly"})
	m.Unavailable = w.response()
	return &adapterv1.DescribeResponse{Manifest: m.Proto()}, nil
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
	w := newResponseWriter()
	s.serve(ctx, w, in)
	engine.end()
	return stream.Send(&adapterv1.HandleResponse{Message: &adapterv1.HandleResponse_Response{Response: w.response().Proto()}})
}

// serve runs the adapter's handler, or its error encoder for a request that has
// failed already. A panic becomes the vendor's internal error.
func (s *server) serve(ctx context.Context, w *responseWriter, in *adapterv1.APIRequest) {
	r, err := httpRequest(ctx, in)
	if err != nil {
		s.log.ErrorContext(ctx, "cannot rebuild request", slog.Any("error", err))
		r, _ = http.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
		s.adapter.EncodeError(w, r, Errorf(CodeInvalid, "The request line is malformed"))
		return
	}
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "adapter panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			w.reset()
			s.adapter.EncodeError(w, r, Errorf(CodeInternal, "Internal error"))
		}
	}()
	if in.GetFailure() != nil {
		s.adapter.EncodeError(w, r, ErrorFromProto(in.GetFailure()))
		return
	}
	s.handler.ServeHTTP(w, r)
}

func httpRequest(ctx context.Context, in *adapterv1.APIRequest) (*http.Request, error) {
	u, err := url.ParseRequestURI(in.GetPath())
	if err != nil {
		return nil, fmt.Errorf("parse path: %w", err)
	}
	u.RawQuery = in.GetQuery()
	r, err := http.NewRequestWithContext(ctx, in.GetMethod(), u.String(), bytes.NewReader(in.GetBody()))
	if err != nil {
		return nil, fmt.Errorf("build request: %w", err)
	}
	for _, h := range in.GetHeaders() {
		r.Header.Add(h.GetName(), h.GetValue())
	}
	return r, nil
}

// responseWriter keeps a response until it is sent over the stream.
type responseWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newResponseWriter() *responseWriter { return &responseWriter{header: http.Header{}} }

func (w *responseWriter) Header() http.Header { return w.header }

func (w *responseWriter) WriteHeader(code int) {
	if w.status == 0 {
		w.status = code
	}
}

// maxResponseBody bounds what a handler may answer.
const maxResponseBody = 16 << 20

var errResponseTooLarge = errors.New("response body is larger than 16 MiB")

func (w *responseWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.body.Len()+len(p) > maxResponseBody {
		return 0, errResponseTooLarge
	}
	return w.body.Write(p)
}

func (w *responseWriter) reset() { *w = *newResponseWriter() }

func (w *responseWriter) response() *Response {
	w.WriteHeader(http.StatusOK)
	r := &Response{Status: w.status, Body: w.body.Bytes()}
	for name, values := range w.header {
		for _, v := range values {
			r.Headers = append(r.Headers, Header{Name: name, Value: v})
		}
	}
	return r
}
