package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// dialect is what differs between the databases beyond gorm's own dialects.
type dialect interface {
	// String names the database.
	String() string
	// clock is the time that heartbeats are measured by: the database's own where
	// several nodes share it.
	clock(tx *gorm.DB) (time.Time, error)
	// exclusive tells that one node has the database for itself.
	exclusive() bool
	// bytes is the column type of keys.
	bytes() string
	// transact runs a transaction, which ends with the last commands or an error.
	transact(ctx context.Context, db *gorm.DB, fn func(hotTx) error) error
}

type sqliteDialect struct{ now func() time.Time }

func (sqliteDialect) String() string                      { return "sqlite" }
func (d sqliteDialect) clock(*gorm.DB) (time.Time, error) { return d.now(), nil }
func (sqliteDialect) exclusive() bool                     { return true }
func (sqliteDialect) bytes() string                       { return "BLOB" }

type postgresDialect struct{}

func (postgresDialect) String() string { return "postgres" }

func (postgresDialect) clock(tx *gorm.DB) (time.Time, error) {
	var us int64
	err := tx.Raw("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Scan(&us).Error
	return fromMicros(us), err
}

func (postgresDialect) exclusive() bool { return false }

func (postgresDialect) bytes() string { return "BYTEA" }

// doNothing passes over rows that exist.
var doNothing = clause.OnConflict{DoNothing: true}

// Row locks; SQLite, with its one writer, needs none and gorm leaves them out.
// keepRow keeps a row from being deleted and lets it be updated.
var (
	forUpdate  = clause.Locking{Strength: clause.LockingStrengthUpdate}
	keepRow    = clause.Locking{Strength: "KEY SHARE"}
	skipLocked = clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}
)
