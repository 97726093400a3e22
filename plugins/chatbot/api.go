package chatbot

import (
	"context"
	"net/http"

	"github.com/switchhook/switchhook/gen/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// api serves the operations of openapi/chatbot.yaml.
type api struct{ *adapter }

var _ chatbot.StrictServerInterface = (*api)(nil)

// ListWebhooks lists all webhooks: the vendor's list has no pages.
func (*api) ListWebhooks(ctx context.Context, _ chatbot.ListWebhooksRequestObject) (chatbot.ListWebhooksResponseObject, error) {
	subs, err := sdk.AllSubscriptions(ctx)
	if err != nil {
		return nil, err
	}
	list := make(chatbot.ListWebhooks200JSONResponse, len(subs))
	for i := range subs {
		list[i] = summary(&subs[i])
	}
	return list, nil
}

// CreateWebhook makes a webhook.
func (a *api) CreateWebhook(ctx context.Context, req chatbot.CreateWebhookRequestObject) (chatbot.CreateWebhookResponseObject, error) {
	spec, err := requestedSpec(req.Body)
	if err != nil {
		return nil, err
	}
	if err := a.verifyFirst(ctx, &spec); err != nil {
		return nil, err
	}
	sub, err := sdk.EngineFrom(ctx).CreateSubscription(ctx, spec)
	if err != nil {
		return nil, err
	}
	a.verifyLater(ctx, sub)
	return chatbot.CreateWebhook200JSONResponse(a.written(sub)), nil
}

// GetWebhook reads one webhook with its credentials.
func (*api) GetWebhook(ctx context.Context, req chatbot.GetWebhookRequestObject) (chatbot.GetWebhookResponseObject, error) {
	sub, err := sdk.EngineFrom(ctx).GetSubscription(ctx, req.ID)
	if err != nil {
		return nil, notFound(err)
	}
	return chatbot.GetWebhook200JSONResponse(webhook(sub)), nil
}

// UpdateWebhook replaces a webhook as a whole; that the vendor does so, and does
// not merge, is not documented. It enables a webhook that the gateway disabled:
// the vendor's API has no other way to.
func (a *api) UpdateWebhook(ctx context.Context, req chatbot.UpdateWebhookRequestObject) (chatbot.UpdateWebhookResponseObject, error) {
	spec, err := requestedSpec(req.Body)
	if err != nil {
		return nil, err
	}
	engine := sdk.EngineFrom(ctx)
	before, err := engine.GetSubscription(ctx, req.ID)
	if err != nil {
		return nil, notFound(err)
	}
	moved := spec.URL != before.URL || readCredentials(spec.Secret).Token != readCredentials(before.Secret).Token
	if moved {
		if err := a.verifyFirst(ctx, &spec); err != nil {
			return nil, err
		}
	}
	sub, err := engine.UpdateSubscription(ctx, req.ID, sdk.SubscriptionPatch{
		Name: &spec.Name, URL: &spec.URL, Secret: &spec.Secret, Headers: &spec.Headers, Enabled: &spec.Enabled,
	})
	if err != nil {
		return nil, notFound(err)
	}
	if moved {
		a.verifyLater(ctx, sub)
	}
	return chatbot.UpdateWebhook200JSONResponse(a.written(sub)), nil
}

// DeleteWebhook removes one webhook.
func (a *api) DeleteWebhook(ctx context.Context, req chatbot.DeleteWebhookRequestObject) (chatbot.DeleteWebhookResponseObject, error) {
	sub, err := sdk.EngineFrom(ctx).DeleteSubscription(ctx, req.ID)
	if err != nil {
		return nil, notFound(err)
	}
	return chatbot.DeleteWebhook200JSONResponse(a.written(sub)), nil
}

// written is the answer to every write.
func (a *adapter) written(sub *sdk.Subscription) chatbot.WriteResult {
	return chatbot.WriteResult{
		ID: sub.ID, Timestamp: timestamp(a.now()),
		Status: chatbot.WriteStatus{Code: http.StatusOK, Type: "success"},
	}
}

func notFound(err error) error {
	if sdk.IsCode(err, sdk.CodeNotFound) {
		return errNoWebhook()
	}
	return err
}
