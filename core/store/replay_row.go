package store

import (
	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/replay"
)

type replayRow struct {
	AccountID      key `gorm:"primaryKey"`
	ID             key `gorm:"primaryKey"`
	SubscriptionID optionalKey
	FromMs         int64
	ToMs           int64
	Selection      string
	EventTypes     list[string]
	PerSecond      int
	Status         string
	Reason         string
	NodeID         optionalKey
	Cursor         key
	Total          int64
	Done           int64
	Created        int64
	Failed         int64
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	UpdatedAt      int64 `gorm:"autoUpdateTime:false"`
}

// TableName implements gorm's Tabler.
func (replayRow) TableName() string { return "replays" }

func newReplayRow(r *replay.Replay) *replayRow {
	return &replayRow{
		AccountID: key(r.AccountID), ID: key(r.ID), SubscriptionID: optionalKey(r.SubscriptionID),
		FromMs: r.From.UnixMilli(), ToMs: r.To.UnixMilli(), Selection: string(r.Select), EventTypes: r.EventTypes, PerSecond: r.PerSecond,
		Status: string(r.Status), Reason: r.Reason, Cursor: key(r.Cursor),
		Total: r.Total, Done: r.Done, Created: r.Created, Failed: r.Failed,
		CreatedAt: micros(r.CreatedAt), UpdatedAt: micros(r.UpdatedAt),
	}
}

func (r *replayRow) domain() replay.Replay {
	const perMilli = 1000
	return replay.Replay{
		Spec: replay.Spec{
			AccountID: uuid.UUID(r.AccountID), SubscriptionID: uuid.UUID(r.SubscriptionID),
			From: fromMicros(r.FromMs * perMilli), To: fromMicros(r.ToMs * perMilli), Select: replay.Selection(r.Selection),
			EventTypes: r.EventTypes, PerSecond: r.PerSecond,
		},
		ID: uuid.UUID(r.ID), Status: replay.Status(r.Status), Reason: r.Reason, Cursor: uuid.UUID(r.Cursor),
		Progress:  replay.Progress{Total: r.Total, Done: r.Done, Created: r.Created, Failed: r.Failed},
		CreatedAt: fromMicros(r.CreatedAt), UpdatedAt: fromMicros(r.UpdatedAt),
	}
}
