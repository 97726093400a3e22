package callbell

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/switchhook/switchhook/gen/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

const (
	defaultItems = 50
	maxItems     = 100
)

// ListWebhookEvents lists what was sent to the webhook, newest first: one entry a
// delivery, with its newest attempt. Deliveries without an attempt yet are left
// out, as the list shows what the endpoint answered.
func (*api) ListWebhookEvents(ctx context.Context, req callbell.ListWebhookEventsRequestObject) (callbell.ListWebhookEventsResponseObject, error) {
	query, page, err := deliveryQuery(req.Params)
	if err != nil {
		return nil, err
	}
	list, err := sdk.EngineFrom(ctx).ListDeliveries(ctx, query)
	if err != nil {
		return nil, err
	}
	out := callbell.ListWebhookEvents200JSONResponse{
		WebhookEvents: make([]callbell.WebhookEvent, len(list.Deliveries)),
		Meta:          callbell.PageMeta{Page: page, Pages: (list.Total + query.Limit - 1) / query.Limit},
	}
	for i := range list.Deliveries {
		out.WebhookEvents[i] = webhookEvent(&list.Deliveries[i])
	}
	return out, nil
}

func deliveryQuery(p callbell.ListWebhookEventsParams) (q sdk.DeliveryQuery, page int, err error) {
	if page, err = number("page", p.Page, 1, 999_999); err != nil {
		return q, 0, err
	}
	if q.Limit, err = number("items", p.Items, defaultItems, maxItems); err != nil {
		return q, 0, err
	}
	q.Offset = (page - 1) * q.Limit
	failed := []sdk.DeliveryStatus{sdk.DeliveryRetrying, sdk.DeliveryDead}
	switch {
	case p.Status == nil:
		q.Statuses = append(slices.Clone(failed), sdk.DeliveryDelivered)
	case *p.Status == callbell.Success:
		q.Statuses = []sdk.DeliveryStatus{sdk.DeliveryDelivered}
	default:
		q.Statuses = failed
	}
	if p.Subscriptions != nil {
		for _, name := range *p.Subscriptions {
			if !known(name) {
				return q, 0, sdk.InvalidQuery("subscriptions", "unknown event %q; known are %s", name, catalogue())
			}
			q.EventTypes = append(q.EventTypes, name)
		}
	}
	return q, page, nil
}

// number reads a parameter that the vendor declares as a string.
func number(name string, text *string, absent, most int) (int, error) {
	if text == nil {
		return absent, nil
	}
	n, err := strconv.Atoi(*text)
	if err != nil || n < 1 || n > most {
		return 0, sdk.InvalidQuery(name, "must be a number from 1 to %d", most)
	}
	return n, nil
}

func webhookEvent(rec *sdk.DeliveryRecord) callbell.WebhookEvent {
	sent, err := payload(&sdk.Delivery{Event: &rec.Event, EventType: rec.EventType, Verbatim: rec.Verbatim})
	if err != nil {
		// What cannot be rendered was never sent.
		sent = []byte("null")
	}
	out := callbell.WebhookEvent{
		Event:   rec.EventType,
		Payload: sent,
		// The vendor's WebhookEvent page says "status code was 200", its newer page on
		// retries any 2xx: what is not tried again has succeeded.
		Success:   rec.Status == sdk.DeliveryDelivered,
		CreatedAt: rec.CreatedAt.UTC().Truncate(time.Second),
		Response:  callbell.EndpointAnswer{Body: json.RawMessage("{}"), Headers: map[string]string{}},
	}
	if len(rec.Attempts) == 0 {
		return out
	}
	newest := rec.Attempts[len(rec.Attempts)-1]
	out.Response.Code = newest.ResponseStatus
	out.Response.Body = answerBody(newest.ResponseBody)
	for _, h := range newest.ResponseHeaders {
		out.Response.Headers[h.Name] = h.Value
	}
	if newest.ResponseStatus == 0 && newest.Error != "" {
		out.Response.Error = &newest.Error
	}
	return out
}

// answerBody writes what the endpoint answered as JSON: as it stands if it is
// JSON, else as a string; {} if it was empty, as in the vendor's example.
func answerBody(body []byte) json.RawMessage {
	if len(bytes.TrimSpace(body)) == 0 {
		return json.RawMessage("{}")
	}
	if jsondata.Valid(body) {
		return body
	}
	text, err := jsondata.Marshal(string(body))
	if err != nil {
		return json.RawMessage("{}")
	}
	return text
}
