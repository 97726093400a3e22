package store

import (
	"database/sql/driver"
	"fmt"
)

// blob is bytes of which none (NULL) and an empty string are different things.
// The SQLite driver gives a nil slice for the latter.
type blob []byte

// Value implements driver.Valuer.
func (b blob) Value() (driver.Value, error) {
	if b == nil {
		return nil, nil
	}
	return []byte(b), nil
}

// Scan implements sql.Scanner.
func (b *blob) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*b = nil
	case []byte:
		*b = append(blob{}, v...)
	default:
		return fmt.Errorf("blob: cannot scan %T", v)
	}
	return nil
}

// orNull is bytes as a database/sql/driver value, where nil is NULL. pgx takes a
// nil slice for NULL as well, the SQLite driver too; the word says so.
func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
