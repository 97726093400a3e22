package store

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// transact implements dialect. ctx bounds the wait for the writer. From there on
// the file's own time-out does: for a context that can end the driver starts a
// goroutine a statement.
func (sqliteDialect) transact(ctx context.Context, db *gorm.DB, fn func(hotTx) error) error {
	return db.WithContext(ctx).Connection(func(db *gorm.DB) error {
		return db.WithContext(context.WithoutCancel(ctx)).Transaction(func(tx *gorm.DB) error { return fn(sqliteTx{tx}) })
	})
}

// sqliteTx implements hotTx.
type sqliteTx struct{ tx *gorm.DB }

func (t sqliteTx) db() *gorm.DB { return t.tx }

// send implements hotTx; the transaction's owner commits.
func (t sqliteTx) send(_ context.Context, commands []command, _ bool) ([]int64, error) {
	counts := make([]int64, len(commands))
	for i, c := range commands {
		var err error
		if counts[i], err = t.run(c); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

func (t sqliteTx) run(c command) (int64, error) {
	ctx, pool := t.tx.Statement.Context, t.tx.Statement.ConnPool
	if c.reads {
		rows, err := pool.QueryContext(ctx, c.sql, c.args...)
		if err != nil {
			return 0, err
		}
		return count(rows)
	}
	res, err := pool.ExecContext(ctx, c.sql, c.args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func count(rows *sql.Rows) (n int64, err error) {
	for rows.Next() {
		n++
	}
	return n, errors.Join(rows.Err(), rows.Close())
}
