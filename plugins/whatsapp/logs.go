package whatsapp

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/switchhook/switchhook/gen/whatsapp"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// maxLogs is how many entries the vendor shows.
	maxLogs = 100
	// maxErrorBody bounds what a log entry repeats of an answer, in bytes.
	maxErrorBody = 256
)

// GetWebhookLogs lists the newest deliveries to one webhook. The documentation
// gives no form for entries; theirs has the fields of the vendor's code, in the
// lower-case names that its documented objects have.
func (*api) GetWebhookLogs(ctx context.Context, req whatsapp.GetWebhookLogsRequestObject) (whatsapp.GetWebhookLogsResponseObject, error) {
	const action = "retrieve webhook logs"
	sub, err := subscription(ctx, req.WebhookID)
	if err != nil {
		return nil, failed(action, err)
	}
	id, err := strconv.ParseInt(sub.ID, 10, 64)
	if err != nil {
		return nil, failed(action, err)
	}
	list, err := sdk.EngineFrom(ctx).ListDeliveries(ctx, sdk.DeliveryQuery{SubscriptionID: sub.ID, Limit: maxLogs})
	if err != nil {
		return nil, failed(action, err)
	}
	logs := make([]whatsapp.WebhookLog, len(list.Deliveries))
	for i := range list.Deliveries {
		logs[i] = logEntry(id, &list.Deliveries[i])
	}
	return whatsapp.GetWebhookLogs200JSONResponse{
		Status: true, Code: http.StatusOK, Message: "Webhook logs retrieved successfully",
		Data: whatsapp.WebhookLogs{Logs: logs},
	}, nil
}

func logEntry(webhookID int64, rec *sdk.DeliveryRecord) whatsapp.WebhookLog {
	out := whatsapp.WebhookLog{
		ID: rec.ID, WebhookID: webhookID, EventType: rec.EventType, Status: logStatus(rec.Status),
		AttemptCount: len(rec.Attempts), CreatedAt: rec.CreatedAt.UTC(), UpdatedAt: rec.CreatedAt.UTC(),
	}
	if n := len(rec.Attempts); n > 0 {
		newest := &rec.Attempts[n-1]
		out.AttemptCount = max(n, newest.Number)
		out.UpdatedAt = newest.StartedAt.Add(newest.Duration).UTC()
		out.LastError = lastError(newest)
	}
	return out
}

func logStatus(s sdk.DeliveryStatus) whatsapp.WebhookLogStatus {
	switch s {
	case sdk.DeliveryDelivered:
		return whatsapp.Success
	case sdk.DeliveryRetrying:
		return whatsapp.Retrying
	case sdk.DeliveryPending:
		return whatsapp.Pending
	default:
		return whatsapp.Failed
	}
}

// lastError is "HTTP <code>: <body>" where an answer came, as in the vendor's code.
func lastError(a *sdk.Attempt) string {
	if a.Error == "" || a.ResponseStatus == 0 {
		return a.Error
	}
	text := "HTTP " + strconv.Itoa(a.ResponseStatus)
	if body := excerpt(a.ResponseBody); body != "" {
		text += ": " + body
	}
	return text
}

// excerpt is the start of an answer's body as text. A character is not cut.
func excerpt(body []byte) string {
	body = bytes.TrimSpace(body)
	if cut := maxErrorBody; len(body) > cut {
		for cut > maxErrorBody-utf8.UTFMax && !utf8.RuneStart(body[cut]) {
			cut--
		}
		body = body[:cut]
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}
