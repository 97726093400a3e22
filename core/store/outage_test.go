package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestOutagesAreUnavailable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		code sdk.Code
	}{
		"connection refused":  {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, sdk.CodeUnavailable},
		"connection lost":     {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), sdk.CodeUnavailable},
		"bad connection":      {driver.ErrBadConn, sdk.CodeUnavailable},
		"pgx cannot connect":  {errors.New("failed to connect to `user=u database=d`: nope"), sdk.CodeUnavailable},
		"shutting down":       {&pgconn.PgError{Code: "57P01"}, sdk.CodeUnavailable},
		"too many clients":    {&pgconn.PgError{Code: "53300"}, sdk.CodeUnavailable},
		"disk full":           {&pgconn.PgError{Code: "53100"}, sdk.CodeUnavailable},
		"read-only":           {&pgconn.PgError{Code: "25006"}, sdk.CodeUnavailable},
		"a fault of our own":  {&pgconn.PgError{Code: "42601"}, sdk.CodeInternal},
		"no such row":         {gorm.ErrRecordNotFound, sdk.CodeNotFound},
		"anything else":       {errors.New("x"), sdk.CodeInternal},
		"text of another set": {&pgconn.PgError{Code: "22021"}, sdk.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := translate(c.err, "event")
			e := sdk.AsError(err)
			require.Equal(t, c.code, e.Code)
			if c.code == sdk.CodeUnavailable {
				require.NotZero(t, e.RetryAfter)
				require.ErrorIs(t, err, c.err, "the log tells the cause")
				require.NotContains(t, e.Message, "user=u")
				require.Contains(t, err.Error(), "event: ")
			}
		})
	}
}
