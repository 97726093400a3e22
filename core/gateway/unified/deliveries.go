package unified

import (
	"context"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// ListDeliveries lists the account's deliveries.
func (s *server) ListDeliveries(ctx context.Context, req switchhook.ListDeliveriesRequestObject) (switchhook.ListDeliveriesResponseObject, error) {
	q := req.Params
	p, err := newPage(q.Limit, q.Cursor)
	if err != nil {
		return nil, err
	}
	query := delivery.Query{
		AccountID: principal(ctx).AccountID, EventKey: value(q.EventID), SubscriptionID: value(q.SubscriptionID),
		Provider: value(q.Provider), EventTypes: value(q.EventType), ResponseStatuses: value(q.ResponseStatus),
		Since: value(q.CreatedAfter), Until: value(q.CreatedBefore), Before: p.last, Limit: p.limit,
	}
	if err := checkRange("created_after", "created_before", query.Since, query.Until); err != nil {
		return nil, err
	}
	for _, word := range value(q.Status) {
		status, ok := sdk.ParseDeliveryStatus(string(word))
		if !ok {
			return nil, explain.Invalid(sdk.FieldError{In: "query", Field: "status", Message: "is no status of a delivery"})
		}
		query.Statuses = append(query.Statuses, status)
	}
	found, err := s.Deliveries.SearchDeliveries(ctx, query)
	if err != nil {
		return nil, err
	}
	items := make([]switchhook.Delivery, len(found.Records))
	for i := range found.Records {
		items[i] = deliveryOut(&found.Records[i])
	}
	return switchhook.ListDeliveries200JSONResponse{Items: items, NextCursor: cursorAfter(found.Next)}, nil
}

// checkRange tells whether two query parameters are a range of time.
func checkRange(from, until string, start, end time.Time) error {
	for name, t := range map[string]time.Time{from: start, until: end} {
		if !t.IsZero() && t.Before(time.UnixMilli(0)) {
			return explain.Invalid(sdk.FieldError{In: "query", Field: name, Message: "must be after 1970"})
		}
	}
	if !start.IsZero() && !end.IsZero() && !start.Before(end) {
		return explain.Invalid(sdk.FieldError{In: "query", Field: until, Message: "must be later than " + from})
	}
	return nil
}

// GetDelivery reads a delivery with its attempts.
func (s *server) GetDelivery(ctx context.Context, req switchhook.GetDeliveryRequestObject) (switchhook.GetDeliveryResponseObject, error) {
	r, err := s.Deliveries.Delivery(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	return switchhook.GetDelivery200JSONResponse(deliveryOut(r)), nil
}

// RetryDelivery makes a delivery due now.
func (s *server) RetryDelivery(ctx context.Context, req switchhook.RetryDeliveryRequestObject) (switchhook.RetryDeliveryResponseObject, error) {
	r, err := s.Deliveries.Retry(ctx, principal(ctx).AccountID, req.ID, s.Now())
	if err != nil {
		return nil, err
	}
	s.Wake()
	return switchhook.RetryDelivery202JSONResponse(deliveryOut(r)), nil
}

// CancelDelivery ends a delivery that is not final.
func (s *server) CancelDelivery(ctx context.Context, req switchhook.CancelDeliveryRequestObject) (switchhook.CancelDeliveryResponseObject, error) {
	r, err := s.Deliveries.Cancel(ctx, principal(ctx).AccountID, req.ID, s.Now())
	if err != nil {
		return nil, err
	}
	s.Wake() // the node that has it may be this one
	return switchhook.CancelDelivery200JSONResponse(deliveryOut(r)), nil
}

func deliveryOut(r *delivery.Record) switchhook.Delivery {
	out := switchhook.Delivery{
		ID: r.ID, EventID: r.EventKey, SubscriptionID: r.SubscriptionID, Provider: r.Provider, EventType: r.EventType,
		Status: switchhook.DeliveryStatus(r.Status.String()), Attempts: make([]switchhook.Attempt, len(r.Attempts)),
		NextAttemptAt: optional(r.DueAt), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
	for i := range r.Attempts {
		out.Attempts[i] = attemptOut(&r.Attempts[i])
		out.TraceID = out.Attempts[i].TraceID
	}
	if r.Event != nil {
		if id := traceID(r.Event.TraceParent); id != "" {
			out.TraceID = &id
		}
	}
	return out
}

func attemptOut(a *delivery.Attempt) switchhook.Attempt {
	out := switchhook.Attempt{
		Number: a.Number, StartedAt: a.StartedAt, DurationMs: inMillis(a.Duration),
		ResponseStatus: optional(a.ResponseStatus), Error: optional(a.Error), TraceID: optional(a.TraceID),
	}
	out.ResponseHeaders = headersOut(a.ResponseHeaders)
	if len(a.Sent) > 0 {
		timings, headers := a.Sent.Read(a.TraceID)
		out.RequestHeaders = headersOut(headers)
		out.Timings = &switchhook.Timings{
			DNSMs: inMillis(timings.DNS), ConnectMs: inMillis(timings.Connect), TLSMs: inMillis(timings.TLS),
			FirstByteMs: inMillis(timings.FirstByte), TotalMs: inMillis(a.Duration),
		}
	}
	if len(a.ResponseBody) > 0 {
		body := strings.ToValidUTF8(string(a.ResponseBody), "\uFFFD")
		out.ResponseBody = &body
	}
	return out
}

// headersOut returns nil for no header lines, which the answer leaves out.
func headersOut(headers []sdk.Header) *[]switchhook.Header {
	if len(headers) == 0 {
		return nil
	}
	out := make([]switchhook.Header, len(headers))
	for i, h := range headers {
		out[i] = switchhook.Header{Name: h.Name, Value: strings.ToValidUTF8(h.Value, "\uFFFD")}
	}
	return &out
}

func inMillis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
