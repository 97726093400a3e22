package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// list is a slice in a text column, as a JSON array. No elements are [], never
// NULL, and are read as nil.
type list[T any] []T

// Value implements driver.Valuer.
func (l list[T]) Value() (driver.Value, error) {
	if len(l) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal([]T(l))
	return string(b), err
}

// Scan implements sql.Scanner.
func (l *list[T]) Scan(v any) error {
	var text []byte
	switch v := v.(type) {
	case string:
		text = []byte(v)
	case []byte:
		text = v
	default:
		return fmt.Errorf("list: cannot scan %T", v)
	}
	*l = nil
	var out []T
	if err := json.Unmarshal(text, &out); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if len(out) > 0 {
		*l = out
	}
	return nil
}

// GormDataType implements gorm's schema.GormDataTypeInterface.
func (list[T]) GormDataType() string { return "text" }
