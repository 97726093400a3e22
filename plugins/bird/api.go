package bird

import (
	"context"
	"time"

	"github.com/switchhook/switchhook/gen/bird"
)

// api serves the operations of openapi/bird.yaml. This file has those whose path
// names the organization, api_workspace.go the same ones without it.
type api struct{ now func() time.Time }

var _ bird.StrictServerInterface = (*api)(nil)

// CreateWebhookSubscription makes a subscription.
func (*api) CreateWebhookSubscription(ctx context.Context, req bird.CreateWebhookSubscriptionRequestObject) (bird.CreateWebhookSubscriptionResponseObject, error) {
	out, err := newScope(req.OrganizationID, req.WorkspaceID).create(ctx, req.Body)
	if err != nil {
		return nil, err
	}
	return bird.CreateWebhookSubscription201JSONResponse(out), nil
}

// ListWebhookSubscriptions lists a page of subscriptions.
func (*api) ListWebhookSubscriptions(ctx context.Context, req bird.ListWebhookSubscriptionsRequestObject) (bird.ListWebhookSubscriptionsResponseObject, error) {
	out, err := newScope(req.OrganizationID, req.WorkspaceID).list(ctx, search(req.Params))
	if err != nil {
		return nil, err
	}
	return bird.ListWebhookSubscriptions200JSONResponse(out), nil
}

// GetWebhookSubscription reads one subscription.
func (*api) GetWebhookSubscription(ctx context.Context, req bird.GetWebhookSubscriptionRequestObject) (bird.GetWebhookSubscriptionResponseObject, error) {
	out, err := newScope(req.OrganizationID, req.WorkspaceID).get(ctx, req.WebhookSubscriptionID)
	if err != nil {
		return nil, err
	}
	return bird.GetWebhookSubscription200JSONResponse(out), nil
}

// UpdateWebhookSubscription changes what the body names.
func (*api) UpdateWebhookSubscription(ctx context.Context, req bird.UpdateWebhookSubscriptionRequestObject) (bird.UpdateWebhookSubscriptionResponseObject, error) {
	out, err := newScope(req.OrganizationID, req.WorkspaceID).update(ctx, req.WebhookSubscriptionID, req.Body)
	if err != nil {
		return nil, err
	}
	return bird.UpdateWebhookSubscription200JSONResponse(out), nil
}

// DeleteWebhookSubscription removes one subscription.
func (*api) DeleteWebhookSubscription(ctx context.Context, req bird.DeleteWebhookSubscriptionRequestObject) (bird.DeleteWebhookSubscriptionResponseObject, error) {
	if err := newScope(req.OrganizationID, req.WorkspaceID).remove(ctx, req.WebhookSubscriptionID); err != nil {
		return nil, err
	}
	return bird.DeleteWebhookSubscription204Response{}, nil
}

// ListWebhookLogs lists what was sent to a subscription.
func (a *api) ListWebhookLogs(ctx context.Context, req bird.ListWebhookLogsRequestObject) (bird.ListWebhookLogsResponseObject, error) {
	out, err := listLogs(ctx, a.now(), req.WebhookSubscriptionID, req.Params)
	if err != nil {
		return nil, err
	}
	return bird.ListWebhookLogs200JSONResponse(out), nil
}

// GetWebhookLogDetails lists the attempts of one request.
func (a *api) GetWebhookLogDetails(ctx context.Context, req bird.GetWebhookLogDetailsRequestObject) (bird.GetWebhookLogDetailsResponseObject, error) {
	out, err := logDetails(ctx, a.now(), req.WebhookSubscriptionID, req.Params.RequestID)
	if err != nil {
		return nil, err
	}
	return bird.GetWebhookLogDetails200JSONResponse(out), nil
}

// ListAvailableWebhooks lists what can be subscribed to.
func (*api) ListAvailableWebhooks(_ context.Context, req bird.ListAvailableWebhooksRequestObject) (bird.ListAvailableWebhooksResponseObject, error) {
	return bird.ListAvailableWebhooks200JSONResponse(available(req.Params.Service)), nil
}
