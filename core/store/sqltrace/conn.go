// Package sqltrace makes a database/sql connector whose connections trace, through
// otelsql, what belongs to a recorded trace. Everything else goes straight to the
// driver, so that it costs a look into its context and no more.
package sqltrace

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Connector returns a connector of connections that trace; system is the database's
// name, an attribute of semconv. It fails at Connect where the driver's connections
// lack an interface that modernc.org/sqlite's and pgx's have.
func Connector(of driver.Connector, system attribute.KeyValue) driver.Connector {
	return &connector{Connector: of, system: system}
}

type connector struct {
	driver.Connector
	system attribute.KeyValue
}

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := raw.(fullConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("sqltrace: a connection of %T lacks an interface", c.Driver()), raw.Close())
	}
	made := &conn{fullConn: full, tap: &tap{fullConn: full}}
	if made.traced, err = instrumented(ctx, made.tap, c.system); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	// What else a connection can do decides how database/sql treats it.
	validator, validates := raw.(driver.Validator)
	checker, checks := raw.(driver.NamedValueChecker)
	switch {
	case validates && checks:
		return struct {
			*conn
			driver.Validator
			driver.NamedValueChecker
		}{made, validator, checker}, nil
	case validates:
		return struct {
			*conn
			driver.Validator
		}{made, validator}, nil
	case checks:
		return struct {
			*conn
			driver.NamedValueChecker
		}{made, checker}, nil
	}
	return made, nil
}

// fullConn is what database/sql asks of a connection, as far as both drivers have
// it.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
}

// conn is used by one goroutine at a time, as all connections of database/sql.
type conn struct {
	fullConn
	tap    *tap
	traced fullConn // the same connection, by way of tap
}

// recorded tells whether a statement is part of a recorded trace.
func recorded(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !recorded(ctx) {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	return c.traced.ExecContext(ctx, query, args)
}

// QueryContext implements driver.QueryerContext. The rows are the driver's own:
// otelsql's can do less.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !recorded(ctx) {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	_, err := c.traced.QueryContext(ctx, query, args)
	rows := c.tap.rows
	c.tap.rows = nil
	return rows, err
}

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if !recorded(ctx) {
		return c.fullConn.BeginTx(ctx, opts)
	}
	return c.traced.BeginTx(ctx, opts)
}

// Raw returns the driver's connection.
func (c *conn) Raw() driver.Conn { return c.fullConn }

// Raw returns the driver's connection of one that [database/sql.Conn.Raw] gives.
func Raw(c any) any {
	if wrapped, ok := c.(interface{ Raw() driver.Conn }); ok {
		return wrapped.Raw()
	}
	return c
}

// tap keeps the rows that pass through otelsql.
type tap struct {
	fullConn
	rows driver.Rows
}

// QueryContext implements driver.QueryerContext.
func (t *tap) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	rows, err = t.fullConn.QueryContext(ctx, query, args)
	if err == nil {
		t.rows = rows
	}
	return rows, err
}
