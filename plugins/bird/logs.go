package bird

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// logsKept is for how long logs are available (documented).
const logsKept = 7 * 24 * time.Hour

// statuses are the deliveries that each executionStatus selects. The vendor does
// not publish the words; what will be tried again is not decided yet.
var statuses = map[bird.ExecutionStatus][]sdk.DeliveryStatus{
	bird.Success: {sdk.DeliveryDelivered},
	bird.Failed:  {sdk.DeliveryDead, sdk.DeliveryCancelled},
	bird.Pending: {sdk.DeliveryPending, sdk.DeliveryRetrying},
}

func executionStatus(s sdk.DeliveryStatus) bird.ExecutionStatus {
	switch s {
	case sdk.DeliveryDelivered:
		return bird.Success
	case sdk.DeliveryDead, sdk.DeliveryCancelled:
		return bird.Failed
	default:
		return bird.Pending
	}
}

// listLogs lists a subscription's deliveries, newest first.
func listLogs(ctx context.Context, now time.Time, id string, p bird.ListWebhookLogsParams) (bird.WebhookLogList, error) {
	out := bird.WebhookLogList{Results: []bird.WebhookLog{}}
	id, err := subscriptionID(id)
	if err != nil {
		return out, err
	}
	q := sdk.DeliveryQuery{SubscriptionID: id, Limit: limitOf(p.Limit), Cursor: text(p.PageToken), Since: now.Add(-logsKept)}
	if p.ExecutionStatus != nil {
		q.Statuses = statuses[*p.ExecutionStatus]
	}
	list, err := sdk.EngineFrom(ctx).ListDeliveries(ctx, q)
	if err != nil {
		return out, notFound(badPageToken(err, q.Cursor))
	}
	for i := range list.Deliveries {
		out.Results = append(out.Results, newLog(&list.Deliveries[i]))
	}
	if list.NextCursor != "" {
		out.NextPageToken = &list.NextCursor
	}
	return out, nil
}

func newLog(d *sdk.DeliveryRecord) bird.WebhookLog {
	out := bird.WebhookLog{
		RequestID: d.ID, AttemptCount: len(d.Attempts),
		ExecutionStatus: executionStatus(d.Status), CreatedAt: instant(d.CreatedAt),
	}
	if n := len(d.Attempts); n > 0 {
		out.HTTPStatusCode = d.Attempts[n-1].ResponseStatus
	}
	return out
}

// logDetails lists all attempts of one delivery, oldest first.
func logDetails(ctx context.Context, now time.Time, id, requestID string) (bird.WebhookAttemptList, error) {
	out := bird.WebhookAttemptList{Results: []bird.WebhookAttempt{}}
	id, err := subscriptionID(id)
	if err != nil {
		return out, err
	}
	request, err := uuid.Parse(requestID)
	if err != nil {
		return out, errNoRequest()
	}
	list, err := sdk.EngineFrom(ctx).ListDeliveries(ctx, sdk.DeliveryQuery{
		SubscriptionID: id, DeliveryID: request.String(), Since: now.Add(-logsKept), Limit: 1,
	})
	if err != nil {
		return out, notFound(err)
	}
	if len(list.Deliveries) == 0 {
		return out, errNoRequest()
	}
	d := &list.Deliveries[0]
	sent, err := body(&sdk.Delivery{Event: &d.Event, EventType: d.EventType, Verbatim: d.Verbatim})
	if err != nil {
		// What cannot be rendered was never sent.
		sent = nil
	}
	for _, a := range d.Attempts {
		out.Results = append(out.Results, newAttempt(d.ID, sent, a))
	}
	return out, nil
}

func newAttempt(requestID string, sent []byte, a sdk.Attempt) bird.WebhookAttempt {
	out := bird.WebhookAttempt{
		RequestID: requestID, Attempt: a.Number, HTTPStatusCode: a.ResponseStatus, ExecutionStatus: bird.Success,
		RequestBody: string(sent), ResponseBody: string(a.ResponseBody), CreatedAt: instant(a.StartedAt),
	}
	if a.Error != "" {
		out.ExecutionStatus, out.ErrorMessage = bird.Failed, &a.Error
	}
	return out
}
