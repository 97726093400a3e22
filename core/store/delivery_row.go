package store

import (
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
	Lease          int64
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	UpdatedAt      int64 `gorm:"autoUpdateTime:false"`
	// First is the attempt that succeeded at once, as most do: it costs no row of
	// its own.
	First firstAttempt `gorm:"embedded;embeddedPrefix:attempt_"`
}

// TableName implements gorm's Tabler.
func (deliveryRow) TableName() string { return "deliveries" }

func newDeliveryRow(d *delivery.Delivery) *deliveryRow {
	return &deliveryRow{
		AccountID: key(d.AccountID), ID: key(d.ID), EventKey: key(d.EventKey), SubscriptionID: key(d.SubscriptionID),
		Provider: d.Provider, EventType: d.EventType, Verbatim: d.Verbatim, Status: int(d.Status),
		AttemptCount: d.AttemptCount, FirstAttemptAt: optionalMicros(d.FirstAttemptAt), DueAt: optionalMicros(d.DueAt),
		Held: d.Held, Lease: d.Lease, CreatedAt: micros(d.CreatedAt), UpdatedAt: micros(d.UpdatedAt),
	}
}

func (r *deliveryRow) values(to []any) []any {
	to = append(to, r.AccountID[:], r.ID[:], r.EventKey[:], r.SubscriptionID[:], r.Provider, r.EventType, r.Verbatim,
		int64(r.Status), int64(r.AttemptCount), pointed(r.FirstAttemptAt), pointed(r.DueAt), r.NodeID.orNull(), r.Held, r.Lease, r.CreatedAt, r.UpdatedAt)
	return r.First.values(to)
}

func (r *deliveryRow) domain() delivery.Delivery {
	return delivery.Delivery{
		AccountID: uuid.UUID(r.AccountID), ID: uuid.UUID(r.ID), EventKey: uuid.UUID(r.EventKey),
		SubscriptionID: uuid.UUID(r.SubscriptionID), Provider: r.Provider, EventType: r.EventType, Verbatim: r.Verbatim,
		Status: sdk.DeliveryStatus(r.Status), AttemptCount: r.AttemptCount,
		FirstAttemptAt: fromOptionalMicros(r.FirstAttemptAt), DueAt: fromOptionalMicros(r.DueAt),
		Held: r.Held, Lease: r.Lease, CreatedAt: fromMicros(r.CreatedAt), UpdatedAt: fromMicros(r.UpdatedAt),
	}
}
