package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"

	"gorm.io/gorm"
)

// transact implements dialect. ctx bounds the wait for the writer. From there on
// the file's own time-out does: for a context that can end the driver starts a
// goroutine a statement.
func (sqliteDialect) transact(ctx context.Context, db *gorm.DB, fn func(hotTx) error) error {
	return db.WithContext(ctx).Connection(func(db *gorm.DB) error {
		conn, ok := db.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return fmt.Errorf("store: gorm has %T for a connection", db.Statement.ConnPool)
		}
		return db.WithContext(context.WithoutCancel(ctx)).Transaction(func(tx *gorm.DB) error { return fn(sqliteTx{tx, conn}) })
	})
}

// sqliteTx implements hotTx.
type sqliteTx struct {
	tx   *gorm.DB
	conn *sql.Conn // that the transaction is on
}

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
	if !c.reads {
		return t.exec(c)
	}
	rows, err := t.tx.Statement.ConnPool.QueryContext(t.tx.Statement.Context, c.sql, c.args...)
	if err != nil {
		return 0, err
	}
	return count(rows)
}

// namedValues are lists that are used again.
var namedValues = sync.Pool{New: func() any { return new([]driver.NamedValue) }}

// exec gives a command to the driver itself: database/sql would make a list of its
// values for each, which was a twelfth of all memory that an event takes.
func (t sqliteTx) exec(c command) (changed int64, err error) {
	list := namedValues.Get().(*[]driver.NamedValue) //nolint:forcetypeassert // nothing else is put there
	defer func() {
		clear(*list)
		*list = (*list)[:0]
		namedValues.Put(list)
	}()
	for i, arg := range c.args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return 0, fmt.Errorf("value %d: %w", i+1, err)
		}
		*list = append(*list, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	err = t.conn.Raw(func(conn any) error {
		execer, ok := conn.(driver.ExecerContext)
		if !ok {
			return fmt.Errorf("store: a connection of %T runs no statement", conn)
		}
		res, err := execer.ExecContext(t.tx.Statement.Context, c.sql, *list)
		if err == nil {
			changed, err = res.RowsAffected()
		}
		return err
	})
	return changed, err
}

func count(rows *sql.Rows) (n int64, err error) {
	for rows.Next() {
		n++
	}
	return n, errors.Join(rows.Err(), rows.Close())
}
