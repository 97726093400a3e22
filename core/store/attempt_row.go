package store

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

type attemptRow struct {
	AccountID       key `gorm:"primaryKey"`
	DeliveryID      key `gorm:"primaryKey"`
	Number          int `gorm:"primaryKey;autoIncrement:false"`
	StartedAt       int64
	Duration        int64
	ResponseStatus  int
	ResponseHeaders []byte
	ResponseBody    []byte
	Error           string
	TraceID         string
	Sent            []byte
}

// TableName implements gorm's Tabler.
func (attemptRow) TableName() string { return "attempts" }

func newAttemptRow(d *delivery.Delivery, a *delivery.Attempt) *attemptRow {
	return &attemptRow{
		AccountID: key(d.AccountID), DeliveryID: key(d.ID), Number: a.Number, StartedAt: micros(a.StartedAt),
		Duration: a.Duration.Microseconds(), ResponseStatus: a.ResponseStatus, ResponseHeaders: headersJSON(a.ResponseHeaders),
		ResponseBody: a.ResponseBody, Error: text(a.Error), TraceID: a.TraceID, Sent: a.Sent,
	}
}

// headersJSON writes header lines as [json.Marshal] does, by hand, for it is
// done for every attempt; nil where there are none.
func headersJSON(headers []sdk.Header) []byte {
	if len(headers) == 0 {
		return nil
	}
	const name, value, end = `{"Name":`, `,"Value":`, `},`
	size := 32 // and what is escaped
	for _, h := range headers {
		size += len(name+value+end) + len(h.Name) + len(h.Value) + len(`""""`)
	}
	out := append(make([]byte, 0, size), '[')
	for _, h := range headers {
		out = appendString(append(out, name...), h.Name)
		out = appendString(append(out, value...), h.Value)
		out = append(out, end...)
	}
	out[len(out)-1] = ']'
	return out
}

// appendString writes s as [json.Marshal] does, by hand where s is plain ASCII.
// Quotes are in every entity tag.
func appendString(to []byte, s string) []byte {
	start, done := len(to), 0
	to = append(to, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			to = append(append(to, s[done:i]...), '\\')
			done = i
		case c < ' ' || c >= utf8.RuneSelf || c == '<' || c == '>' || c == '&':
			quoted, _ := json.Marshal(s) // strings are never refused
			return append(to[:start], quoted...)
		}
	}
	return append(append(to, s[done:]...), '"')
}

func (r *attemptRow) values(to []any) []any {
	return append(to, r.AccountID[:], r.DeliveryID[:], int64(r.Number), r.StartedAt, r.Duration, int64(r.ResponseStatus),
		orNull(r.ResponseHeaders), orNull(r.ResponseBody), r.Error, r.TraceID, orNull(r.Sent))
}

func (r *attemptRow) domain() (delivery.Attempt, error) {
	a := delivery.Attempt{
		Attempt: sdk.Attempt{
			Number: r.Number, StartedAt: fromMicros(r.StartedAt), Duration: time.Duration(r.Duration) * time.Microsecond,
			ResponseStatus: r.ResponseStatus, ResponseBody: r.ResponseBody, Error: r.Error,
		},
		TraceID: r.TraceID, Sent: r.Sent,
	}
	if r.ResponseHeaders == nil {
		return a, nil
	}
	if err := json.Unmarshal(r.ResponseHeaders, &a.ResponseHeaders); err != nil {
		return a, fmt.Errorf("attempt headers: %w", err)
	}
	return a, nil
}
