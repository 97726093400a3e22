package whatsapp

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/switchhook/switchhook/gen/whatsapp"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// api serves the operations of openapi/whatsapp.yaml.
type api struct{}

var _ whatsapp.StrictServerInterface = (*api)(nil)

// CreateWebhook registers a webhook. The secret is the caller's: without one,
// deliveries are not signed.
func (*api) CreateWebhook(ctx context.Context, req whatsapp.CreateWebhookRequestObject) (whatsapp.CreateWebhookResponseObject, error) {
	const action = "create webhook"
	b := req.Body
	spec := sdk.SubscriptionSpec{URL: b.URL, Enabled: true}
	if b.Secret != nil {
		spec.Secret = sdk.Secret(*b.Secret)
	}
	if err := checkURL(b.URL); err != nil {
		return nil, err
	}
	if b.Events != nil {
		names, err := eventNames(*b.Events)
		if err != nil {
			return nil, err
		}
		spec.EventTypes = names
	}
	sub, err := sdk.EngineFrom(ctx).CreateSubscription(ctx, spec)
	if err != nil {
		return nil, failed(action, err)
	}
	data, err := webhook(sub)
	if err != nil {
		return nil, failed(action, err)
	}
	return whatsapp.CreateWebhook201JSONResponse{
		Status: true, Code: http.StatusCreated, Message: "Webhook created successfully", Data: data,
	}, nil
}

// ListWebhooks lists all webhooks: the vendor's list has no pages.
func (*api) ListWebhooks(ctx context.Context, _ whatsapp.ListWebhooksRequestObject) (whatsapp.ListWebhooksResponseObject, error) {
	const action = "retrieve webhooks"
	subs, err := sdk.AllSubscriptions(ctx)
	if err != nil {
		return nil, failed(action, err)
	}
	list := make([]whatsapp.Webhook, len(subs))
	for i := range subs {
		if list[i], err = webhook(&subs[i]); err != nil {
			return nil, failed(action, err)
		}
	}
	return whatsapp.ListWebhooks200JSONResponse{
		Status: true, Code: http.StatusOK, Message: "Webhooks retrieved successfully", Data: list,
	}, nil
}

// GetWebhook reads one webhook.
func (*api) GetWebhook(ctx context.Context, req whatsapp.GetWebhookRequestObject) (whatsapp.GetWebhookResponseObject, error) {
	const action = "retrieve webhook"
	sub, err := subscription(ctx, req.WebhookID)
	if err != nil {
		return nil, failed(action, err)
	}
	data, err := webhook(sub)
	if err != nil {
		return nil, failed(action, err)
	}
	return whatsapp.GetWebhook200JSONResponse{
		Status: true, Code: http.StatusOK, Message: "Webhook retrieved successfully", Data: data,
	}, nil
}

// UpdateWebhook changes what the body names. The documented answer has no data
// of its own; the webhook as it is now is what a client wants to know.
func (*api) UpdateWebhook(ctx context.Context, req whatsapp.UpdateWebhookRequestObject) (whatsapp.UpdateWebhookResponseObject, error) {
	const action = "update webhook"
	b := req.Body
	patch := sdk.SubscriptionPatch{URL: b.URL, Enabled: b.Active}
	if b.URL != nil {
		if err := checkURL(*b.URL); err != nil {
			return nil, err
		}
	}
	if b.Events != nil {
		names, err := eventNames(*b.Events)
		if err != nil {
			return nil, err
		}
		patch.EventTypes = &names
	}
	if err := checkID(req.WebhookID); err != nil {
		return nil, err
	}
	sub, err := sdk.EngineFrom(ctx).UpdateSubscription(ctx, req.WebhookID, patch)
	if err != nil {
		return nil, failed(action, err)
	}
	data, err := webhook(sub)
	if err != nil {
		return nil, failed(action, err)
	}
	return whatsapp.UpdateWebhook200JSONResponse{
		Status: true, Code: http.StatusOK, Message: "Webhook updated successfully", Data: data,
	}, nil
}

// DeleteWebhook removes one webhook.
func (*api) DeleteWebhook(ctx context.Context, req whatsapp.DeleteWebhookRequestObject) (whatsapp.DeleteWebhookResponseObject, error) {
	if err := checkID(req.WebhookID); err != nil {
		return nil, err
	}
	if _, err := sdk.EngineFrom(ctx).DeleteSubscription(ctx, req.WebhookID); err != nil {
		return nil, failed("delete webhook", err)
	}
	return whatsapp.DeleteWebhook200JSONResponse{
		Status: true, Code: http.StatusOK, Message: "Webhook deleted successfully",
	}, nil
}

// TestWebhook sends the test event to one webhook. The vendor's code sends it to
// all of the device; its documentation, to this one.
func (*api) TestWebhook(ctx context.Context, req whatsapp.TestWebhookRequestObject) (whatsapp.TestWebhookResponseObject, error) {
	const action = "send test event"
	sub, err := subscription(ctx, req.WebhookID)
	if err != nil {
		return nil, failed(action, err)
	}
	if !sub.Enabled {
		return nil, sdk.Errorf(sdk.CodeInvalid, "Webhook is not active; set active to true first")
	}
	_, err = sdk.EngineFrom(ctx).PublishTo(ctx, sub.ID, testEvent, []byte(`{"message":"test webhook delivery"}`))
	if err != nil {
		return nil, failed(action, err)
	}
	return whatsapp.TestWebhook200JSONResponse{Status: true, Code: http.StatusOK, Message: "Test event sent"}, nil
}

// subscription reads the subscription of a webhook_id.
func subscription(ctx context.Context, id string) (*sdk.Subscription, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	return sdk.EngineFrom(ctx).GetSubscription(ctx, id)
}

// checkID refuses what no webhook's number is: ids are integers, but the
// documentation declares the path parameter as a string, and has no 400 for it.
func checkID(id string) error {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != id {
		return errNoWebhook()
	}
	return nil
}

func webhook(s *sdk.Subscription) (whatsapp.Webhook, error) {
	id, err := strconv.ParseInt(s.ID, 10, 64)
	if err != nil {
		return whatsapp.Webhook{}, err
	}
	return whatsapp.Webhook{
		ID: id, URL: s.URL, Events: append([]string{}, s.EventTypes...), Active: s.Enabled,
		CreatedAt: s.CreatedAt.UTC().Truncate(time.Second),
	}, nil
}
