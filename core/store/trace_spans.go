package store

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/tracestore"
)

var _ tracestore.Store = (*Store)(nil)

type spansRow struct {
	AccountID key   `gorm:"primaryKey"`
	TraceID   key   `gorm:"primaryKey"`
	ID        key   `gorm:"primaryKey"`
	At        int64 `gorm:"autoCreateTime:false"`
	StartedAt int64
	EndedAt   int64
	Name      string
	Spans     int
	Errors    int
	Services  list[string]
	EventKey  optionalKey
	Size      int
	Data      []byte
}

// TableName implements gorm's Tabler.
func (spansRow) TableName() string { return "trace_spans" }

// WriteSpans implements tracestore.Store.
func (s *Store) WriteSpans(ctx context.Context, chunks []tracestore.Chunk) error {
	const perStatement = 100
	rows := make([]spansRow, len(chunks))
	for i := range chunks {
		c := &chunks[i]
		rows[i] = spansRow{
			AccountID: key(c.AccountID), TraceID: key(c.TraceID), ID: key(c.ID), At: micros(c.At), StartedAt: micros(c.Started), EndedAt: micros(c.Ended),
			Name: text(c.Name), Spans: c.Spans, Errors: c.Errors, EventKey: optionalKey(c.EventKey), Size: len(c.Data), Data: c.Data,
		}
		for _, service := range c.Services {
			rows[i].Services = append(rows[i].Services, text(service))
		}
	}
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return tx.CreateInBatches(&rows, perStatement).Error })
	return translate(err, "spans")
}

// TraceSpans implements tracestore.Store.
func (s *Store) TraceSpans(ctx context.Context, accounts []uuid.UUID, traceID [16]byte, limit int) ([]tracestore.Chunk, error) {
	var rows []spansRow
	err := s.read.WithContext(ctx).Where("account_id IN ? AND trace_id = ?", accountKeys(accounts), key(traceID)).
		Order("at, id").Limit(page(limit)).Find(&rows).Error
	if err != nil {
		return nil, translate(err, "spans")
	}
	out := make([]tracestore.Chunk, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, nil
}

func (r *spansRow) domain() tracestore.Chunk {
	return tracestore.Chunk{
		AccountID: uuid.UUID(r.AccountID), TraceID: r.TraceID, ID: uuid.UUID(r.ID), At: fromMicros(r.At), Started: fromMicros(r.StartedAt),
		Ended: fromMicros(r.EndedAt), Name: r.Name, Spans: r.Spans, Errors: r.Errors, Services: r.Services, EventKey: uuid.UUID(r.EventKey), Data: r.Data,
	}
}

func accountKeys(ids []uuid.UUID) []key {
	out := make([]key, len(ids))
	for i, id := range ids {
		out[i] = key(id)
	}
	return out
}

// Traces implements tracestore.Store. What it costs grows with the rows of the
// accounts, which traces.max_bytes bounds; their data is not read.
func (s *Store) Traces(ctx context.Context, q tracestore.Query) ([]tracestore.Summary, error) {
	db := s.read.WithContext(ctx)
	accounts := accountKeys(q.Accounts)
	groups := db.Model(&spansRow{}).Select("trace_id").Where("account_id IN ?", accounts).Group("trace_id")
	if !q.Since.IsZero() {
		groups = groups.Having("min(started_at) >= ?", micros(q.Since))
	}
	if !q.Until.IsZero() {
		groups = groups.Having("min(started_at) < ?", micros(q.Until))
	}
	if q.Errors {
		groups = groups.Having("sum(errors) > 0")
	}
	if q.Before != uuid.Nil {
		at, traceID := tracestore.ReadCursor(q.Before)
		groups = groups.Having("max(at) < ? OR (max(at) = ? AND trace_id < ?)", micros(at), micros(at), key(traceID))
	}
	var ids []key
	if err := groups.Order("max(at) DESC, trace_id DESC").Limit(page(q.Limit)).Pluck("trace_id", &ids).Error; err != nil {
		return nil, translate(err, "traces")
	}
	var rows []spansRow
	err := db.Omit("data").Where("account_id IN ? AND trace_id IN ?", accounts, ids).Order("started_at, id").Find(&rows).Error
	if err != nil {
		return nil, translate(err, "traces")
	}
	return summaries(ids, rows), nil
}

// summaries puts the rows of traces together, in the order of ids.
func summaries(ids []key, rows []spansRow) []tracestore.Summary {
	out := make([]tracestore.Summary, len(ids))
	place := make(map[key]int, len(ids))
	for i, id := range ids {
		place[id] = i
		out[i].TraceID = id
	}
	for i := range rows {
		r := &rows[i]
		s := &out[place[r.TraceID]]
		if s.Spans == 0 {
			s.Name, s.Started = r.Name, fromMicros(r.StartedAt)
		}
		s.Duration = max(s.Duration, fromMicros(r.EndedAt).Sub(s.Started))
		s.Spans += r.Spans
		s.Errors += r.Errors
		for _, service := range r.Services {
			if !slices.Contains(s.Services, service) {
				s.Services = append(s.Services, service)
			}
		}
		if s.EventKey == uuid.Nil {
			s.EventKey = uuid.UUID(r.EventKey)
		}
		if s.AccountID == uuid.Nil {
			s.AccountID = uuid.UUID(r.AccountID)
		}
		if at := fromMicros(r.At); at.After(s.LastWritten) {
			s.LastWritten = at
		}
	}
	return out
}

// RemoveSpans implements retention.Store.
func (s *Store) RemoveSpans(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.removeSpans(ctx, limit, func(db *gorm.DB) *gorm.DB { return db.Where("at < ?", micros(before)) })
	return n, translate(err, "spans")
}

// RemoveSpansBeyond implements retention.Store.
func (s *Store) RemoveSpansBeyond(ctx context.Context, bytes int64, limit int) (int, error) {
	var size int64
	if err := s.read.WithContext(ctx).Model(&spansRow{}).Select("COALESCE(sum(size), 0)").Scan(&size).Error; err != nil {
		return 0, translate(err, "spans")
	}
	if size <= bytes {
		return 0, nil
	}
	excess := size - bytes
	n, err := s.removeSpans(ctx, limit, func(db *gorm.DB) *gorm.DB { return db }, func(rows []spansRow) []spansRow {
		for i := range rows {
			if excess -= int64(rows[i].Size); excess <= 0 {
				return rows[:i+1]
			}
		}
		return rows
	})
	return n, translate(err, "spans")
}

// removeSpans removes the oldest rows of those that old selects.
func (s *Store) removeSpans(ctx context.Context, limit int, old func(*gorm.DB) *gorm.DB, cut ...func([]spansRow) []spansRow) (removed int, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var rows []spansRow
		err := old(tx.Clauses(skipLocked)).Select("account_id", "trace_id", "id", "size").Order("at").Limit(limit).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, f := range cut {
			rows = f(rows)
		}
		for i := range rows {
			res := tx.Where("account_id = ? AND trace_id = ? AND id = ?", rows[i].AccountID, rows[i].TraceID, rows[i].ID).Delete(&spansRow{})
			if res.Error != nil {
				return res.Error
			}
			removed += int(res.RowsAffected)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}
