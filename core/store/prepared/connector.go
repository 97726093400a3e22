// Package prepared makes a database/sql connector whose connections keep the
// statements that they have prepared, by their text, so that a text that comes
// again is not parsed again. It is made for modernc.org/sqlite, which prepares and
// forgets a statement at every Exec and Query, and whose parser costs more than
// many a statement.
package prepared

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// Connector returns a connector of connections that keep up to limit statements
// each. It fails at Connect where the driver's connections lack an interface that
// modernc.org/sqlite's have.
func Connector(of driver.Connector, limit int) driver.Connector {
	return &connector{Connector: of, limit: limit}
}

type connector struct {
	driver.Connector
	limit int
}

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(fullConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("prepared: a connection of %T lacks an interface", c.Driver()), inner.Close())
	}
	return &conn{fullConn: full, kept: newCache(c.limit)}, nil
}

// fullConn is what database/sql asks of a connection, as far as
// modernc.org/sqlite has it.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// fullStmt is the same of a statement.
type fullStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// fullRows is the same of rows.
type fullRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}
