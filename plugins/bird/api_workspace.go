package bird

import (
	"context"

	"github.com/switchhook/switchhook/gen/bird"
)

// CreateWorkspaceWebhookSubscription makes a subscription.
func (*api) CreateWorkspaceWebhookSubscription(ctx context.Context, req bird.CreateWorkspaceWebhookSubscriptionRequestObject) (bird.CreateWorkspaceWebhookSubscriptionResponseObject, error) {
	out, err := newScope("", req.WorkspaceID).create(ctx, req.Body)
	if err != nil {
		return nil, err
	}
	return bird.CreateWorkspaceWebhookSubscription201JSONResponse(out), nil
}

// ListWorkspaceWebhookSubscriptions lists a page of subscriptions.
func (*api) ListWorkspaceWebhookSubscriptions(ctx context.Context, req bird.ListWorkspaceWebhookSubscriptionsRequestObject) (bird.ListWorkspaceWebhookSubscriptionsResponseObject, error) {
	out, err := newScope("", req.WorkspaceID).list(ctx, search(req.Params))
	if err != nil {
		return nil, err
	}
	return bird.ListWorkspaceWebhookSubscriptions200JSONResponse(out), nil
}

// GetWorkspaceWebhookSubscription reads one subscription.
func (*api) GetWorkspaceWebhookSubscription(ctx context.Context, req bird.GetWorkspaceWebhookSubscriptionRequestObject) (bird.GetWorkspaceWebhookSubscriptionResponseObject, error) {
	out, err := newScope("", req.WorkspaceID).get(ctx, req.WebhookSubscriptionID)
	if err != nil {
		return nil, err
	}
	return bird.GetWorkspaceWebhookSubscription200JSONResponse(out), nil
}

// UpdateWorkspaceWebhookSubscription changes what the body names.
func (*api) UpdateWorkspaceWebhookSubscription(ctx context.Context, req bird.UpdateWorkspaceWebhookSubscriptionRequestObject) (bird.UpdateWorkspaceWebhookSubscriptionResponseObject, error) {
	out, err := newScope("", req.WorkspaceID).update(ctx, req.WebhookSubscriptionID, req.Body)
	if err != nil {
		return nil, err
	}
	return bird.UpdateWorkspaceWebhookSubscription200JSONResponse(out), nil
}

// DeleteWorkspaceWebhookSubscription removes one subscription.
func (*api) DeleteWorkspaceWebhookSubscription(ctx context.Context, req bird.DeleteWorkspaceWebhookSubscriptionRequestObject) (bird.DeleteWorkspaceWebhookSubscriptionResponseObject, error) {
	if err := newScope("", req.WorkspaceID).remove(ctx, req.WebhookSubscriptionID); err != nil {
		return nil, err
	}
	return bird.DeleteWorkspaceWebhookSubscription204Response{}, nil
}

// ListWorkspaceWebhookLogs lists what was sent to a subscription.
func (a *api) ListWorkspaceWebhookLogs(ctx context.Context, req bird.ListWorkspaceWebhookLogsRequestObject) (bird.ListWorkspaceWebhookLogsResponseObject, error) {
	out, err := listLogs(ctx, a.now(), req.WebhookSubscriptionID, bird.ListWebhookLogsParams(req.Params))
	if err != nil {
		return nil, err
	}
	return bird.ListWorkspaceWebhookLogs200JSONResponse(out), nil
}

// GetWorkspaceWebhookLogDetails lists the attempts of one request.
func (a *api) GetWorkspaceWebhookLogDetails(ctx context.Context, req bird.GetWorkspaceWebhookLogDetailsRequestObject) (bird.GetWorkspaceWebhookLogDetailsResponseObject, error) {
	out, err := logDetails(ctx, a.now(), req.WebhookSubscriptionID, req.Params.RequestID)
	if err != nil {
		return nil, err
	}
	return bird.GetWorkspaceWebhookLogDetails200JSONResponse(out), nil
}

// ListWorkspaceAvailableWebhooks lists what can be subscribed to.
func (*api) ListWorkspaceAvailableWebhooks(_ context.Context, req bird.ListWorkspaceAvailableWebhooksRequestObject) (bird.ListWorkspaceAvailableWebhooksResponseObject, error) {
	return bird.ListWorkspaceAvailableWebhooks200JSONResponse(available(req.Params.Service)), nil
}
