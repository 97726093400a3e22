package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/store/sqltrace"
)

// rollbackTimeout bounds the end of a transaction that failed.
const rollbackTimeout = 5 * time.Second

// transact implements dialect: what is sent together, the transaction's begin and
// end included, costs one round trip (PostgreSQL documentation, "Pipelining").
func (postgresDialect) transact(ctx context.Context, db *gorm.DB, fn func(hotTx) error) error {
	return db.WithContext(ctx).Connection(func(db *gorm.DB) error {
		conn, ok := db.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return fmt.Errorf("postgres: %T is no connection", db.Statement.ConnPool)
		}
		// Without a session one statement's conditions would stay for the next.
		tx := &postgresTx{gorm: db.Session(&gorm.Session{NewDB: true}), conn: conn}
		err := fn(tx)
		if err != nil {
			tx.undo(ctx)
		}
		return err
	})
}

// postgresTx implements hotTx.
type postgresTx struct {
	gorm  *gorm.DB
	conn  *sql.Conn
	begun bool
}

func (t *postgresTx) db() *gorm.DB { return t.gorm }

// send implements hotTx.
func (t *postgresTx) send(ctx context.Context, commands []command, last bool) (counts []int64, err error) {
	var b pgx.Batch
	if !t.begun {
		b.Queue("begin")
	}
	for _, c := range commands {
		b.Queue(c.sql, c.args...)
	}
	if last {
		b.Queue("commit")
	}
	before := !t.begun
	t.begun = true
	ctx, span := sqltrace.StartBatch(ctx, semconv.DBSystemNamePostgreSQL, b.Len())
	defer func() {
		if err != nil {
			span.SetStatus(codes.Error, "") // its text may show values
		}
		span.End()
	}()
	err = t.raw(func(conn *pgx.Conn) error {
		var err error
		counts, err = exec(conn.SendBatch(ctx, &b), len(commands), before, last)
		return err
	})
	return counts, err
}

// exec reads the answers to a batch.
func exec(results pgx.BatchResults, n int, begins, ends bool) (_ []int64, err error) {
	defer func() {
		if unread := results.Close(); err == nil {
			err = unread
		}
	}()
	if begins {
		if _, err := results.Exec(); err != nil {
			return nil, err
		}
	}
	counts := make([]int64, n)
	for i := range counts {
		tag, err := results.Exec()
		if err != nil {
			return nil, err
		}
		counts[i] = tag.RowsAffected()
	}
	if ends {
		tag, err := results.Exec()
		if err != nil {
			return nil, err
		}
		if tag.String() != "COMMIT" {
			return nil, fmt.Errorf("postgres: answered %s to a commit", tag)
		}
	}
	return counts, nil
}

// undo rolls back, or gives the connection up.
func (t *postgresTx) undo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = t.raw(func(conn *pgx.Conn) error {
		if conn.IsClosed() {
			return driver.ErrBadConn
		}
		if conn.PgConn().TxStatus() == 'I' {
			return nil
		}
		if _, err := conn.Exec(ctx, "rollback"); err != nil {
			return errors.Join(driver.ErrBadConn, err)
		}
		return nil
	})
}

// raw gives the driver's connection to fn.
func (t *postgresTx) raw(fn func(*pgx.Conn) error) error {
	return t.conn.Raw(func(c any) error {
		conn, ok := sqltrace.Raw(c).(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("postgres: %T is no connection of pgx", c)
		}
		return fn(conn.Conn())
	})
}
