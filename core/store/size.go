package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/diskfree"
	"github.com/switchhook/switchhook/core/retention"
)

// growing are the tables that grow with the work.
var growing = []string{
	eventRow{}.TableName(), pendingRow{}.TableName(), deliveryRow{}.TableName(), attemptRow{}.TableName(),
	auditRow{}.TableName(), idempotencyRow{}.TableName(), replayRow{}.TableName(), statisticsRow{}.TableName(), spansRow{}.TableName(),
}

// Size implements retention.Store.
func (s *Store) Size(ctx context.Context) (retention.Size, error) {
	db := s.read.WithContext(ctx)
	read := postgresSize
	if s.dialect.exclusive() {
		read = sqliteSize
	}
	size, err := read(db)
	if err != nil {
		return size, fmt.Errorf("read the size of %s: %w", s.dialect, err)
	}
	var oldest []key
	err = db.Table("(?) AS oldest_events", db.Model(&accountRow{}).Select("(?) AS key", oldestKey(db))).
		Where("key IS NOT NULL").Order("key").Limit(1).Pluck("key", &oldest).Error
	if err == nil && len(oldest) > 0 {
		size.Oldest = acceptedAt(uuid.UUID(oldest[0]))
	}
	if err != nil {
		return size, translate(err, "oldest event")
	}
	size.Overdue, err = overdue(db)
	return size, translate(err, "overdue work")
}

// overdue finds since when the oldest work that no node has is due, each by its
// index: events to be matched, delayed ones, and deliveries.
func overdue(db *gorm.DB) (oldest time.Time, err error) {
	var free []key
	if err := db.Model(&pendingRow{}).Where("node_id IS NULL AND due_at IS NULL").Order("event_key").Limit(1).Pluck("event_key", &free).Error; err != nil {
		return oldest, err
	}
	if len(free) > 0 {
		oldest = acceptedAt(uuid.UUID(free[0]))
	}
	for _, model := range []any{&pendingRow{}, &deliveryRow{}} {
		var due []int64
		if err := db.Model(model).Where("due_at IS NOT NULL").Order("due_at").Limit(1).Pluck("due_at", &due).Error; err != nil {
			return oldest, err
		}
		if len(due) > 0 && (oldest.IsZero() || fromMicros(due[0]).Before(oldest)) {
			oldest = fromMicros(due[0])
		}
	}
	return oldest, nil
}

// postgresSize reads tables with their indexes and large values
// (PostgreSQL documentation, section 9.28.7). What is free in them Postgres tells
// only to those who read them whole.
func postgresSize(db *gorm.DB) (retention.Size, error) {
	out := retention.Size{Parts: map[string]int64{}, Free: -1, Disk: -1}
	var tables []struct {
		Name  string
		Bytes int64
	}
	err := db.Raw(`SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
		WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname IN ?`, growing).Scan(&tables).Error
	for _, t := range tables {
		out.Parts[t.Name] = t.Bytes
	}
	return out, err
}

// sqliteSize reads the files, and the number of free pages
// (https://sqlite.org/pragma.html#pragma_freelist_count).
func sqliteSize(db *gorm.DB) (retention.Size, error) {
	var row struct {
		File string
		Free int64
	}
	err := db.Raw(`SELECT d.file AS file, f.freelist_count * p.page_size AS free
		FROM pragma_database_list d, pragma_freelist_count f, pragma_page_size p WHERE d.name = 'main'`).Scan(&row).Error
	out := retention.Size{Parts: map[string]int64{}, Free: row.Free, Disk: -1}
	if err != nil {
		return out, err
	}
	for part, file := range map[string]string{"database": row.File, "wal": row.File + "-wal"} {
		info, err := os.Stat(file)
		switch {
		case err == nil:
			out.Parts[part] = info.Size()
		case !errors.Is(err, fs.ErrNotExist): // a log is made by the first write
			return out, err
		}
	}
	if free, ok := diskfree.Of(filepath.Dir(row.File)); ok {
		out.Disk = int64(min(free, math.MaxInt64))
	}
	return out, nil
}

// acceptedAt reads the time in an event's key (RFC 9562, section 5.7).
func acceptedAt(eventKey uuid.UUID) time.Time {
	sec, nsec := eventKey.Time().UnixTime()
	return time.Unix(sec, nsec).UTC()
}
