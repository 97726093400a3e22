package unified

import (
	"context"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// CancelEvent keeps a delayed event from being delivered.
func (s *server) CancelEvent(ctx context.Context, req switchhook.CancelEventRequestObject) (switchhook.CancelEventResponseObject, error) {
	e, err := s.Events.Cancel(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	return switchhook.CancelEvent200JSONResponse(eventSummary(e)), nil
}
