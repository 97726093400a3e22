package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var _ eventtype.Store = (*Store)(nil)

type eventTypeRow struct {
	AccountID   key    `gorm:"primaryKey"`
	Name        string `gorm:"primaryKey"`
	Description string
	Schema      blob
	Example     blob
	Deprecated  bool
	Revision    key
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	UpdatedAt   int64 `gorm:"autoUpdateTime:false"`
}

// TableName implements gorm's Tabler.
func (eventTypeRow) TableName() string { return "event_types" }

func newEventTypeRow(t *eventtype.EventType) eventTypeRow {
	return eventTypeRow{
		AccountID: key(t.AccountID), Name: t.Name, Description: t.Description, Schema: blob(t.Schema), Example: blob(t.Example),
		Deprecated: t.Deprecated, Revision: key(t.Revision), CreatedAt: micros(t.CreatedAt), UpdatedAt: micros(t.UpdatedAt),
	}
}

func (r *eventTypeRow) domain() eventtype.EventType {
	return eventtype.EventType{
		AccountID: uuid.UUID(r.AccountID), Name: r.Name, Description: r.Description, Schema: rawJSON(r.Schema), Example: rawJSON(r.Example),
		Deprecated: r.Deprecated, Revision: uuid.UUID(r.Revision), CreatedAt: fromMicros(r.CreatedAt), UpdatedAt: fromMicros(r.UpdatedAt),
	}
}

func rawJSON(b blob) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// replaced are the columns that change with a type that exists.
var replaced = []string{"description", "schema", "example", "deprecated", "revision", "updated_at"}

// PutEventTypes implements eventtype.Store. Changes of one account follow one
// another: its row is locked, so that what is counted stays true.
func (s *Store) PutEventTypes(ctx context.Context, types []eventtype.EventType, c eventtype.Condition, limit int) error {
	if len(types) == 0 {
		return nil
	}
	accountID := key(types[0].AccountID)
	err := s.audited(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(forUpdate).Select("id").Where("id = ?", accountID).Take(&accountRow{}).Error; err != nil {
			return err
		}
		if err := checkRevision(tx, accountID, types[0].Name, c); err != nil {
			return err
		}
		for i := range types {
			if err := putEventType(ctx, tx, &types[i]); err != nil {
				return err
			}
		}
		var count int64
		if err := eventTypes(tx, accountID).Count(&count).Error; err != nil {
			return err
		}
		if count > int64(limit) {
			return sdk.Errorf(sdk.CodeLimit, "An account has at most %d event types; delete some first", limit)
		}
		return nil
	})
	return translate(err, "event type")
}

// putEventType keeps when a type that exists was created.
func putEventType(ctx context.Context, tx *gorm.DB, t *eventtype.EventType) error {
	before, err := eventTypeNow(tx, key(t.AccountID), t.Name)
	if err != nil {
		return err
	}
	if before != nil {
		t.CreatedAt = before.CreatedAt
	}
	row := newEventTypeRow(t)
	err = tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "account_id"}, {Name: "name"}}, DoUpdates: clause.AssignmentColumns(replaced),
	}).Create(&row).Error
	if err != nil {
		return err
	}
	return eventtype.NoteChange(ctx, before, t)
}

// eventTypeNow reads a type for a change; nil for none.
func eventTypeNow(tx *gorm.DB, accountID key, name string) (*eventtype.EventType, error) {
	var rows []eventTypeRow
	err := tx.Clauses(forUpdate).Where("account_id = ? AND name = ?", accountID, name).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	t := rows[0].domain()
	return &t, nil
}

func eventTypes(tx *gorm.DB, accountID key) *gorm.DB {
	return tx.Model(&eventTypeRow{}).Where("account_id = ?", accountID)
}

// checkRevision holds a change to its condition.
func checkRevision(tx *gorm.DB, accountID key, name string, c eventtype.Condition) error {
	if c.Revision == uuid.Nil {
		return nil
	}
	var row eventTypeRow
	if err := tx.Select("revision").Where("account_id = ? AND name = ?", accountID, name).Take(&row).Error; err != nil {
		return err
	}
	if uuid.UUID(row.Revision) != c.Revision {
		return sdk.Errorf(sdk.CodeConflict, "The event type has changed since")
	}
	return nil
}

// EventType implements eventtype.Store.
func (s *Store) EventType(ctx context.Context, accountID uuid.UUID, name string) (*eventtype.EventType, error) {
	var row eventTypeRow
	if err := s.read.WithContext(ctx).Where("account_id = ? AND name = ?", key(accountID), name).Take(&row).Error; err != nil {
		return nil, translate(err, "event type")
	}
	t := row.domain()
	return &t, nil
}

// EventTypes implements eventtype.Store.
func (s *Store) EventTypes(ctx context.Context, accountID uuid.UUID, names []string) ([]eventtype.EventType, error) {
	db := s.read.WithContext(ctx).Where("account_id = ?", key(accountID))
	if names != nil {
		db = db.Where("name IN ?", names)
	}
	var rows []eventTypeRow
	if err := db.Order("name").Find(&rows).Error; err != nil {
		return nil, translate(err, "event type")
	}
	out := make([]eventtype.EventType, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, nil
}

// EventTypeRevisions implements eventtype.Store.
func (s *Store) EventTypeRevisions(ctx context.Context, accountID uuid.UUID) ([]eventtype.Revision, error) {
	var rows []eventTypeRow
	err := s.read.WithContext(ctx).Select("name", "revision").Where("account_id = ?", key(accountID)).Order("name").Find(&rows).Error
	if err != nil {
		return nil, translate(err, "event type")
	}
	out := make([]eventtype.Revision, len(rows))
	for i, r := range rows {
		out[i] = eventtype.Revision{Name: r.Name, Revision: uuid.UUID(r.Revision)}
	}
	return out, nil
}

// DeleteEventType implements eventtype.Store.
func (s *Store) DeleteEventType(ctx context.Context, accountID uuid.UUID, name string, c eventtype.Condition) error {
	err := s.audited(ctx, func(tx *gorm.DB) error {
		if err := checkRevision(tx, key(accountID), name, c); err != nil {
			return err
		}
		before, err := eventTypeNow(tx, key(accountID), name)
		if err != nil {
			return err
		}
		if before == nil {
			return gorm.ErrRecordNotFound
		}
		if err := tx.Where("account_id = ? AND name = ?", key(accountID), name).Delete(&eventTypeRow{}).Error; err != nil {
			return err
		}
		return eventtype.NoteChange(ctx, before, nil)
	})
	return translate(err, "event type")
}
