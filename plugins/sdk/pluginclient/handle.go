package pluginclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"google.golang.org/grpc"

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

// Handle has the adapter answer one request. Calls of the adapter to the engine
// are made on engine while the request runs, at most [MaxEngineCalls] at a time,
// and never after Handle has returned.
//
// Errors: [ErrBadReply], a gRPC status where the call itself failed.
func Handle(
	ctx context.Context, client adapterv1.AdapterClient, req APIRequest, engine sdk.Engine, log *slog.Logger,
) (*sdk.Response, error) {
	// Engine calls that still run when the response comes have lost their
	// authority: they are cancelled, and waited for.
	ctx, cancel := context.WithCancel(ctx)
	stream, err := client.Handle(ctx, grpc.WaitForReady(false))
	if err != nil {
		cancel()
		return nil, err
	}
	x := newExchange(stream, engine, log)
	defer func() { cancel(); x.wait() }()
	first := &adapterv1.HandleRequest{Message: &adapterv1.HandleRequest_Request{Request: req.proto()}}
	if err := stream.Send(first); err != nil && !errors.Is(err, io.EOF) { // EOF: Recv has the reason
		return nil, err
	}
	response, err := x.run(ctx)
	if errors.Is(err, io.EOF) {
		return nil, badReply("the stream ended without a response")
	}
	if err != nil {
		return nil, err
	}
	return checkResponse(response)
}
