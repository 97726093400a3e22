package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/store/modeltest"
)

// NewProcess gives the database of a store to one more process. fate is asked for
// each transaction; alone is what the database tells of itself.
func NewProcess(t testing.TB, s *Store, fate func() modeltest.Fate, alone bool) *Store {
	t.Helper()
	handle, err := s.write.DB()
	require.NoError(t, err)
	pool := fatedPool{handle, fate}
	dialector := postgres.New(postgres.Config{Conn: pool})
	if s.dialect.bytes() == (sqliteDialect{}).bytes() {
		dialector = sqliteDialector{sqlite.Dialector{Conn: pool}}
	}
	write, err := gorm.Open(dialector, gormConfig())
	require.NoError(t, err)
	return &Store{write: write, read: s.read, dialect: fatedDialect{s.dialect, alone, fate}, box: s.box, now: s.now, hot: s.hot}
}

// fatedDialect says itself who has the database, and has commits end as their
// fate is.
type fatedDialect struct {
	dialect
	alone bool
	fate  func() modeltest.Fate
}

func (d fatedDialect) exclusive() bool { return d.alone }

var (
	errFailed = errors.New("the transaction failed")
	errLost   = errors.New("the answer was lost")
)

func (d fatedDialect) transact(ctx context.Context, db *gorm.DB, fn func(hotTx) error) error {
	f := d.fate()
	if f == modeltest.Failed {
		return errFailed
	}
	err := d.dialect.transact(ctx, db, fn)
	if err == nil && f == modeltest.Lost {
		return errLost
	}
	return err
}

// fatedPool has transactions end as their fate is.
type fatedPool struct {
	*sql.DB
	fate func() modeltest.Fate
}

// BeginTx implements gorm.ConnPoolBeginner.
func (p fatedPool) BeginTx(ctx context.Context, o *sql.TxOptions) (gorm.ConnPool, error) {
	tx, err := p.DB.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	return &fatedTx{tx, p.fate}, nil
}

// GetDBConn implements gorm.GetDBConnector.
func (p fatedPool) GetDBConn() (*sql.DB, error) { return p.DB, nil }

type fatedTx struct {
	*sql.Tx
	fate func() modeltest.Fate
}

// Commit implements gorm.TxCommitter.
func (t *fatedTx) Commit() error {
	switch t.fate() {
	case modeltest.Failed:
		return errors.Join(errFailed, t.Rollback())
	case modeltest.Lost:
		return errors.Join(errLost, t.Tx.Commit())
	default:
		return t.Tx.Commit()
	}
}
