package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// document is a value in a text column, as JSON.
type document[T any] struct{ value T }

// Value implements driver.Valuer.
func (d document[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(d.value)
	return string(b), err
}

// Scan implements sql.Scanner.
func (d *document[T]) Scan(v any) error {
	*d = document[T]{}
	switch v := v.(type) {
	case string:
		return json.Unmarshal([]byte(v), &d.value)
	case []byte:
		return json.Unmarshal(v, &d.value)
	default:
		return fmt.Errorf("document: cannot scan %T", v)
	}
}

// GormDataType implements gorm's schema.GormDataTypeInterface.
func (document[T]) GormDataType() string { return "text" }
