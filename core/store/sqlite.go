package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/switchhook/switchhook/core/store/prepared"
	"github.com/switchhook/switchhook/core/store/sqltrace"
)

// sqliteReaders bounds the connections that read while one writes.
const sqliteReaders = 4

// sqliteStatements bounds the prepared statements that a connection keeps.
const sqliteStatements = 128

// sqliteWriter are the settings of the connection that writes. Its statements of
// many rows keep what they may have to undo in memory, not in a file of each. It
// has 4 MiB of pages. The log is copied into the database, with an fsync, every
// 4000 pages: most of them were written several times by then.
const sqliteWriter = "_txlock=immediate&_pragma=temp_store(MEMORY)&_pragma=cache_size(-4096)" +
	"&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(67108864)"

// OpenSQLite opens the embedded database in a data directory and makes both as
// needed. One process may have it open.
//
// The write-ahead log lets readers go on during a write; synchronous=FULL makes
// a commit survive power loss.
func OpenSQLite(dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data: make directory: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("data: lock %s: %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("data: %s is in use by another process; stop it, or choose another directory with --data", dir)
	}
	s, err := openSQLite(filepath.Join(dir, "switchhook.db"), o)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	s.release = lock.Unlock
	return s, nil
}

func openSQLite(file string, o Options) (*Store, error) {
	if err := ownFile(file); err != nil {
		return nil, err
	}
	write, err := openSQLiteHandle(file, 1, sqliteWriter)
	if err != nil {
		return nil, err
	}
	read, err := openSQLiteHandle(file, sqliteReaders, "_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, closeHandle(write))
	}
	return &Store{
		write: write, read: read, dialect: sqliteDialect{now: o.Now}, box: o.Box, now: o.Now, hot: newHotStatements(write),
	}, nil
}

// ownFile makes the database's file readable by its owner alone, before SQLite
// makes it by the umask; the log files beside it get the same mode.
func ownFile(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return f.Close()
}

func openSQLiteHandle(file string, connections int, extra string) (*gorm.DB, error) {
	dsn := "file:" + (&url.URL{Path: file}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&" + extra
	connector, err := sqlitedriver.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	handle := sql.OpenDB(sqltrace.Connector(prepared.Connector(connector, sqliteStatements), semconv.DBSystemNameSQLite))
	handle.SetMaxOpenConns(connections)
	handle.SetMaxIdleConns(connections)
	db, err := gorm.Open(sqliteDialector{sqlite.Dialector{Conn: handle}}, gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", file, err), handle.Close())
	}
	return db, nil
}

func closeHandle(db *gorm.DB) error {
	handle, err := db.DB()
	if err != nil {
		return err
	}
	return handle.Close()
}

// sqliteDialector knows the duplicate-key errors of modernc.org/sqlite, which
// gorm's own dialector does not.
type sqliteDialector struct{ sqlite.Dialector }

// Translate implements gorm.ErrorTranslator.
func (d sqliteDialector) Translate(err error) error {
	var e *sqlitedriver.Error
	if errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return gorm.ErrDuplicatedKey
	}
	return err
}
