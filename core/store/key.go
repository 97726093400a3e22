package store

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// key is a UUID as the 16 bytes that both databases compare in the same order.
type key uuid.UUID

// Value implements driver.Valuer.
func (k key) Value() (driver.Value, error) { return k[:], nil }

// Scan implements sql.Scanner.
func (k *key) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != len(k) {
		return fmt.Errorf("key: cannot scan %T of %d bytes", v, len(b))
	}
	copy(k[:], b)
	return nil
}

// optionalKey is NULL for the zero UUID.
type optionalKey uuid.UUID

// Value implements driver.Valuer.
func (k optionalKey) Value() (driver.Value, error) {
	if k == (optionalKey{}) {
		return nil, nil
	}
	return k[:], nil
}

// orNull is the key as a database/sql/driver value.
func (k *optionalKey) orNull() any {
	if *k == (optionalKey{}) {
		return nil
	}
	return k[:]
}

// Scan implements sql.Scanner.
func (k *optionalKey) Scan(v any) error {
	if v == nil {
		*k = optionalKey{}
		return nil
	}
	return (*key)(k).Scan(v)
}

// text makes free text fit for Postgres, which refuses NUL and bytes that are
// not UTF-8: one outcome must not keep the others of its batch from the store.
func text(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// optionalText is NULL for "".
func optionalText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func fromOptionalText(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// maxPage bounds the rows of one page.
const maxPage = 1000

// page is a query's limit within the bound; 0 is the bound itself.
func page(limit int) int {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

// micros is a time as microseconds since 1970.
func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// optionalMicros is NULL for the zero time.
func optionalMicros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	us := micros(t)
	return &us
}

// pointed is what p points at, or NULL.
func pointed(p *int64) any {
	if p == nil {
		return nil
	}
	return *p
}

func fromOptionalMicros(us *int64) time.Time {
	if us == nil {
		return time.Time{}
	}
	return fromMicros(*us)
}
