package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

// APIRequest is one request of a subscriber to a vendor API.
type APIRequest = pluginclient.APIRequest

// Handle has the provider's adapter answer one request. Calls of the adapter to
// the engine are made on engine while the request runs, at most [pluginclient.MaxEngineCalls]
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
	response, err := pluginclient.Handle(callCtx, l.client, req, engine, s.log)
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
	default:
		return fmt.Errorf("%w: %w", ErrBadReply, err)
	}
}
