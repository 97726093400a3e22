package prepared

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
)

// conn is used by one goroutine at a time, as all connections of database/sql.
type conn struct {
	fullConn
	kept *cache
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	res, err := s.stmt.ExecContext(ctx, args)
	if lost := c.giveBack(s, err != nil); err == nil {
		err = lost
	}
	return res, err
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	r, err := s.stmt.QueryContext(ctx, args)
	if err != nil {
		_ = c.giveBack(s, true)
		return nil, err
	}
	full, ok := r.(fullRows)
	if !ok {
		return nil, errors.Join(errors.New("prepared: rows lack an interface"), r.Close(), c.giveBack(s, true))
	}
	return &rows{fullRows: full, conn: c, of: s}, nil
}

// take returns the statement of a text, which is the caller's until giveBack, or
// nil for a text that is not kept or is in use.
func (c *conn) take(ctx context.Context, query string) (*statement, error) {
	if !keeps(query) {
		return nil, nil
	}
	s := c.kept.get(query)
	if s != nil {
		if s.busy {
			return nil, nil
		}
		s.busy = true
		return s, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	full, ok := prepared.(fullStmt)
	if !ok {
		return nil, prepared.Close()
	}
	s = &statement{query: query, stmt: full, busy: true}
	if err := c.kept.put(s); err != nil {
		return nil, errors.Join(err, c.giveBack(s, true))
	}
	return s, nil
}

// giveBack ends the use of a statement. One that failed is not used again: what
// state it is in is the driver's affair.
func (c *conn) giveBack(s *statement, failed bool) error {
	s.busy = false
	if failed {
		c.kept.forget(s)
	}
	if s.kept {
		return nil
	}
	return s.stmt.Close()
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	return errors.Join(c.kept.close(), c.fullConn.Close())
}

// keeps tells whether a text may come again: changes of the schema and settings
// do not, and a text with a semicolon may be several statements, of which the
// driver prepares none.
func keeps(query string) bool {
	query = strings.TrimLeft(query, " \t\r\n")
	for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"} {
		if len(query) > len(verb) && strings.EqualFold(query[:len(verb)], verb) {
			return !strings.Contains(query, ";")
		}
	}
	return false
}

// rows are those of a kept statement, which is in use until they are closed.
type rows struct {
	fullRows
	conn   *conn
	of     *statement // nil once closed
	failed bool
}

// Next implements driver.Rows.
func (r *rows) Next(dest []driver.Value) error {
	err := r.fullRows.Next(dest)
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed = true
	}
	return err
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	if r.of == nil {
		return nil
	}
	s, err := r.of, r.fullRows.Close()
	r.of = nil
	return errors.Join(err, r.conn.giveBack(s, r.failed || err != nil))
}
