package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// APIRequest is one request of a subscriber to a vendor API, authenticated and
// validated against the document.
type APIRequest struct {
	Method string
	// Path below the document's server URL, as the client escaped it.
	Path string
	// Query without the question mark.
	Query   string
	Headers []sdk.Header
	Body    []byte
	// OperationID of the document; "" when the request matched none.
	OperationID string
	// Caller is who asks, and the authority of every engine call.
	Caller sdk.Caller
	// Failure is set when the request failed before the adapter was reached: the
	// adapter only puts it in the vendor's envelope.
	Failure *sdk.Error
}

func (r APIRequest) proto() *adapterv1.APIRequest {
	return &adapterv1.APIRequest{
		Method: r.Method, Path: escapeBytes(r.Path), Query: escapeBytes(r.Query),
		Headers: sdk.HeadersProto(r.Headers), Body: r.Body, OperationId: r.OperationID,
		Caller: r.Caller.Proto(), Failure: r.Failure.Proto(),
	}
}

// escapeBytes percent-encodes bytes beyond ASCII. net/http lets them through
// unescaped, and protocol buffers refuse them where they are not UTF-8.
func escapeBytes(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] < 0x80 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

// Handle has the provider's adapter answer one request. Calls of the adapter to
// the engine are made on engine while the request runs, at most maxEngineCalls
// at a time, and never after Handle has returned.
//
// Errors: [ErrUnknownProvider]; [ErrUnavailable] when the plugin did not come up
// in time or ended during the call, which is not repeated since it may have had
// effects; [ErrBadReply]; ctx's own.
func (h *Host) Handle(ctx context.Context, provider string, req APIRequest, engine sdk.Engine) (*sdk.Response, error) {
	s := h.supervisors[provider]
	if s == nil {
		return nil, fmt.Errorf("%w: %q", ErrUnknownProvider, provider)
	}
	l, err := h.awaitBriefly(ctx, s)
	if err != nil {
		return nil, err
	}
	callCtx, cancel := context.WithTimeout(ctx, h.cfg.HandleTimeout)
	defer cancel()
	response, err := s.handle(callCtx, l, req, engine)
	if err == nil {
		response, err = checkResponse(response)
	}
	if err == nil {
		return response, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	err = s.callError(callCtx, err)
	s.log.ErrorContext(ctx, "plugin failed to handle a request",
		slog.String("operation", req.OperationID), slog.String("account", req.Caller.AccountID), slog.Any("error", err))
	return nil, err
}

// awaitBriefly waits for the plugin as long as a client may be kept waiting.
func (h *Host) awaitBriefly(ctx context.Context, s *supervisor) (*link, error) {
	waitCtx, cancel := context.WithTimeout(ctx, h.cfg.HandleWait)
	defer cancel()
	l, err := s.await(waitCtx, nil)
	switch {
	case err == nil:
		return l, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	default:
		return nil, s.unavailable(err)
	}
}

// callError sorts what a call can end with. ctx is the call's own.
func (s *supervisor) callError(ctx context.Context, err error) error {
	switch code := status.Code(err); {
	case ctx.Err() != nil, code == codes.DeadlineExceeded: // the plugin's clock may be first
		return fmt.Errorf("the plugin of provider %s took too long: %w", s.plugin.Provider, context.DeadlineExceeded)
	case errors.Is(err, ErrBadReply):
		return err
	case code == codes.Unavailable, code == codes.Canceled: // lost, or closed by us
		return s.unavailable(err)
	case errors.Is(err, io.EOF):
		return badReply("the stream ended without a response")
	default:
		return badReply("%w", err)
	}
}

// handle makes the call and owns all that belongs to it.
func (s *supervisor) handle(ctx context.Context, l *link, req APIRequest, engine sdk.Engine) (*sdk.Response, error) {
	// Engine calls that still run when the response comes have lost their
	// authority: they are cancelled, and waited for.
	ctx, cancel := context.WithCancel(ctx)
	stream, err := l.client.Handle(ctx, grpc.WaitForReady(false))
	if err != nil {
		cancel()
		return nil, err
	}
	x := newExchange(stream, engine, s.log)
	defer func() { cancel(); x.wait() }()
	first := &adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Request{Request: req.proto()}}
	if err := stream.Send(first); err != nil && !errors.Is(err, io.EOF) { // EOF: Recv has the reason
		return nil, err
	}
	return x.run(ctx)
}
