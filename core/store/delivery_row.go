package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

type deliveryRow struct {
	AccountID      key `gorm:"primaryKey"`
	ID             key `gorm:"primaryKey"`
	EventKey       key
	SubscriptionID key
	Provider       string
	EventType      string
	Verbatim       bool
	Status         int
	AttemptCount   int
	FirstAttemptAt *int64
	DueAt          *int64
	NodeID         optionalKey
	Held           bool
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	UpdatedAt      int64 `gorm:"autoUpdateTime:false"`
}

// TableName implements gorm's Tabler.
func (deliveryRow) TableName() string { return "deliveries" }

func newDeliveryRow(d *delivery.Delivery) *deliveryRow {
	return &deliveryRow{
		AccountID: key(d.AccountID), ID: key(d.ID), EventKey: key(d.EventKey), SubscriptionID: key(d.SubscriptionID),
		Provider: d.Provider, EventType: d.EventType, Verbatim: d.Verbatim, Status: int(d.Status),
		AttemptCount: d.AttemptCount, FirstAttemptAt: optionalMicros(d.FirstAttemptAt), DueAt: optionalMicros(d.DueAt),
		Held: d.Held, CreatedAt: micros(d.CreatedAt), UpdatedAt: micros(d.UpdatedAt),
	}
}

func (r *deliveryRow) values(to []any) []any {
	return append(to, r.AccountID[:], r.ID[:], r.EventKey[:], r.SubscriptionID[:], r.Provider, r.EventType, r.Verbatim,
		int64(r.Status), int64(r.AttemptCount), pointed(r.FirstAttemptAt), pointed(r.DueAt), r.NodeID.orNull(), r.Held, r.CreatedAt, r.UpdatedAt)
}

func (r *deliveryRow) domain() delivery.Delivery {
	return delivery.Delivery{
		AccountID: uuid.UUID(r.AccountID), ID: uuid.UUID(r.ID), EventKey: uuid.UUID(r.EventKey),
		SubscriptionID: uuid.UUID(r.SubscriptionID), Provider: r.Provider, EventType: r.EventType, Verbatim: r.Verbatim,
		Status: sdk.DeliveryStatus(r.Status), AttemptCount: r.AttemptCount,
		FirstAttemptAt: fromOptionalMicros(r.FirstAttemptAt), DueAt: fromOptionalMicros(r.DueAt),
		Held: r.Held, CreatedAt: fromMicros(r.CreatedAt), UpdatedAt: fromMicros(r.UpdatedAt),
	}
}

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
}

// TableName implements gorm's Tabler.
func (attemptRow) TableName() string { return "attempts" }

func newAttemptRow(d *delivery.Delivery, a *delivery.Attempt) (*attemptRow, error) {
	r := &attemptRow{
		AccountID: key(d.AccountID), DeliveryID: key(d.ID), Number: a.Number, StartedAt: micros(a.StartedAt),
		Duration: a.Duration.Microseconds(), ResponseStatus: a.ResponseStatus, ResponseBody: a.ResponseBody,
		Error: text(a.Error), TraceID: a.TraceID,
	}
	if len(a.ResponseHeaders) == 0 {
		return r, nil
	}
	headers, err := json.Marshal(a.ResponseHeaders)
	if err != nil {
		return r, fmt.Errorf("attempt headers: %w", err)
	}
	r.ResponseHeaders = headers
	return r, nil
}

func (r *attemptRow) values(to []any) []any {
	return append(to, r.AccountID[:], r.DeliveryID[:], int64(r.Number), r.StartedAt, r.Duration, int64(r.ResponseStatus),
		orNull(r.ResponseHeaders), orNull(r.ResponseBody), r.Error, r.TraceID)
}

func (r *attemptRow) domain() (delivery.Attempt, error) {
	a := delivery.Attempt{
		Attempt: sdk.Attempt{
			Number: r.Number, StartedAt: fromMicros(r.StartedAt), Duration: time.Duration(r.Duration) * time.Microsecond,
			ResponseStatus: r.ResponseStatus, ResponseBody: r.ResponseBody, Error: r.Error,
		},
		TraceID: r.TraceID,
	}
	if r.ResponseHeaders == nil {
		return a, nil
	}
	if err := json.Unmarshal(r.ResponseHeaders, &a.ResponseHeaders); err != nil {
		return a, fmt.Errorf("attempt headers: %w", err)
	}
	return a, nil
}
