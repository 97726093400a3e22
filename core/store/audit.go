package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/audit"
)

type auditRow struct {
	AccountID    key `gorm:"primaryKey"`
	ID           key `gorm:"primaryKey"`
	At           int64
	KeyID        optionalKey
	KeyName      string
	Operator     bool
	Portal       bool
	Action       string
	ResourceType string
	ResourceID   string
	Before       blob
	After        blob
	RequestID    string
}

// TableName implements gorm's Tabler.
func (auditRow) TableName() string { return "audit_log" }

func (r *auditRow) domain() audit.Entry {
	return audit.Entry{
		AccountID: uuid.UUID(r.AccountID), ID: uuid.UUID(r.ID), At: fromMicros(r.At),
		Actor:  audit.Actor{KeyID: uuid.UUID(r.KeyID), KeyName: r.KeyName, Operator: r.Operator, Portal: r.Portal},
		Action: r.Action, Resource: audit.Resource{Type: r.ResourceType, ID: r.ResourceID},
		Before: []byte(r.Before), After: []byte(r.After), RequestID: r.RequestID,
	}
}

// writeAudit writes what the request of ctx has noted.
func writeAudit(ctx context.Context, tx *gorm.DB) error {
	entries := audit.Take(ctx)
	if len(entries) == 0 {
		return nil
	}
	rows := make([]auditRow, len(entries))
	for i, e := range entries {
		rows[i] = auditRow{
			AccountID: key(e.AccountID), ID: key(e.ID), At: micros(e.At), KeyID: optionalKey(e.Actor.KeyID), KeyName: e.Actor.KeyName,
			Operator: e.Actor.Operator, Portal: e.Actor.Portal, Action: e.Action, ResourceType: e.Resource.Type, ResourceID: text(e.Resource.ID),
			Before: blob(e.Before), After: blob(e.After), RequestID: e.RequestID,
		}
	}
	return translate(tx.Create(&rows).Error, "audit log")
}

// audited runs a change and writes what was noted of it in one transaction. Of a
// change that fails nothing stays noted.
func (s *Store) audited(ctx context.Context, change func(tx *gorm.DB) error) error {
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := change(tx); err != nil {
			return err
		}
		return writeAudit(ctx, tx)
	})
	if err != nil {
		audit.Take(ctx)
	}
	return err
}

// WriteAudit writes what the request of ctx has noted outside of a change.
func (s *Store) WriteAudit(ctx context.Context) error {
	return writeAudit(ctx, s.write.WithContext(ctx))
}

// ListAudit reads a page of an account's entries, newest first.
func (s *Store) ListAudit(ctx context.Context, q audit.Query) ([]audit.Entry, error) {
	db := s.read.WithContext(ctx).Where("account_id = ?", key(q.AccountID))
	if q.Before != uuid.Nil {
		db = db.Where("id < ?", key(q.Before))
	}
	if q.KeyID != uuid.Nil {
		db = db.Where("key_id = ?", key(q.KeyID))
	}
	for column, want := range map[string]string{"action": q.Action, "resource_type": q.ResourceType, "resource_id": q.ResourceID} {
		if want != "" {
			db = db.Where(column+" = ?", want)
		}
	}
	if !q.From.IsZero() {
		db = db.Where("at >= ?", micros(q.From))
	}
	if !q.To.IsZero() {
		db = db.Where("at < ?", micros(q.To))
	}
	var rows []auditRow
	if err := db.Order("id DESC").Limit(page(q.Limit)).Find(&rows).Error; err != nil {
		return nil, translate(err, "audit log")
	}
	out := make([]audit.Entry, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, nil
}
