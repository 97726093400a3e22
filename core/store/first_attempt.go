package store

import (
	"slices"

	"gorm.io/gorm/clause"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// firstAttempt is an attempt of number 1 in its delivery's row: all NULL where
// there is none.
type firstAttempt struct {
	StartedAt       *int64
	Duration        *int64
	ResponseStatus  *int
	ResponseHeaders []byte
	ResponseBody    []byte
	TraceID         *string
	Sent            []byte
}

// take moves an attempt into the delivery's row if it is one that succeeded at
// once, and tells whether it did.
func (r *deliveryRow) take(a *attemptRow) bool {
	if r.Status != int(sdk.DeliveryDelivered) || a.Number != 1 || a.Error != "" {
		return false
	}
	r.First = firstAttempt{
		StartedAt: &a.StartedAt, Duration: &a.Duration, ResponseStatus: &a.ResponseStatus,
		ResponseHeaders: a.ResponseHeaders, ResponseBody: a.ResponseBody, TraceID: &a.TraceID, Sent: a.Sent,
	}
	return true
}

// count is how many there are.
func (f *firstAttempt) count() int {
	if f.exists() {
		return 1
	}
	return 0
}

func (f *firstAttempt) exists() bool { return f.StartedAt != nil }

func (f *firstAttempt) values(to []any) []any {
	if !f.exists() {
		return append(to, nil, nil, nil, nil, nil, nil, nil)
	}
	return append(to, *f.StartedAt, *f.Duration, int64(*f.ResponseStatus), orNull(f.ResponseHeaders), orNull(f.ResponseBody), *f.TraceID, orNull(f.Sent))
}

// attempts puts the row's own attempt before those that have rows. Where number 1
// has a row as well, that was there first.
func (r *deliveryRow) attempts(rows []delivery.Attempt) ([]delivery.Attempt, error) {
	if !r.First.exists() || (len(rows) > 0 && rows[0].Number == 1) {
		return rows, nil
	}
	f := &r.First
	own := attemptRow{
		Number: 1, StartedAt: *f.StartedAt, Duration: orZero(f.Duration), ResponseStatus: orZero(f.ResponseStatus),
		ResponseHeaders: f.ResponseHeaders, ResponseBody: f.ResponseBody, TraceID: orZero(f.TraceID), Sent: f.Sent,
	}
	first, err := own.domain()
	return slices.Insert(rows, 0, first), err
}

func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// keepFirst are the assignments by which a delivery's row keeps the attempt it
// has, whatever comes.
func keepFirst() (set clause.Set) {
	for _, name := range []string{"started_at", "duration", "response_status", "response_headers", "response_body", "trace_id", "sent"} {
		name = "attempt_" + name
		set = append(set, clause.Assignment{Column: clause.Column{Name: name}, Value: clause.Expr{
			SQL: "CASE WHEN deliveries.attempt_started_at IS NULL THEN excluded." + name + " ELSE deliveries." + name + " END",
		}})
	}
	return set
}
