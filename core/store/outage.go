package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// outageError is the database's own failure: it does not answer, or cannot write.
// Its text is for the log; to a caller it is unavailable.
type outageError struct {
	thing string
	cause error
}

// Error names the cause.
func (e *outageError) Error() string { return fmt.Sprintf("%s: %s", e.thing, e.cause) }

// Unwrap gives what the caller is told, and the cause.
func (e *outageError) Unwrap() []error {
	return []error{&sdk.Error{
		Code: sdk.CodeUnavailable, Message: "The store cannot be used just now; try again shortly", RetryAfter: 2 * time.Second,
	}, e.cause}
}

// told marks a failure of a transaction itself, such as its beginning or commit;
// what was an answer for the caller already stays.
func told(thing string, err error) error {
	var answer *sdk.Error
	if err == nil || errors.As(err, &answer) || !outage(err) {
		return err
	}
	return &outageError{thing: thing, cause: err}
}

// outage tells whether an error is the database's own.
func outage(err error) bool {
	var network net.Error
	var lite *sqlitedriver.Error
	var state interface{ SQLState() string }
	switch {
	case connectFailed(err): // whatever state the server refused with
		return true
	case errors.As(err, &lite):
		return liteOutage(lite.Code())
	case errors.As(err, &state):
		return postgresOutage(state.SQLState())
	default:
		return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) ||
			errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
	}
}

// connectFailed knows pgx's error by its text: its type wraps causes that it does
// not always hand out, and names the database's user.
func connectFailed(err error) bool {
	return strings.Contains(err.Error(), "failed to connect to") || strings.Contains(err.Error(), "conn closed")
}

// liteOutage knows SQLite's primary result codes (sqlite.org/rescode.html).
func liteOutage(code int) bool {
	switch code & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
		return true
	default:
		return false
	}
}

// postgresOutage knows SQLSTATEs (PostgreSQL documentation, appendix A):
// connection exceptions, too few resources, operator intervention, system errors,
// a read-only standby.
func postgresOutage(state string) bool {
	for _, class := range []string{"08", "53", "57", "58"} {
		if strings.HasPrefix(state, class) {
			return true
		}
	}
	return state == "25006"
}
