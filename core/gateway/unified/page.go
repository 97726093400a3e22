package unified

import (
	"encoding/base64"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const defaultLimit = 50

// page is which part of a list is asked for: up to limit items beyond the id.
type page struct {
	limit int
	last  uuid.UUID
}

// fetch is how many to read: one more tells whether there is another page.
func (p page) fetch() int { return p.limit + 1 }

func newPage(limit *int, cursor *string) (page, error) {
	p := page{limit: defaultLimit}
	if limit != nil {
		p.limit = *limit
	}
	if cursor == nil {
		return p, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(*cursor)
	if err != nil || len(b) != len(p.last) {
		return p, explain.Invalid(sdk.FieldError{In: "query", Field: "cursor", Message: "is not the next_cursor of a page"})
	}
	p.last = uuid.UUID(b)
	return p, nil
}

// cut returns the items of a page and the cursor of the next; nil on the last.
func cut[T any](p page, items []T, id func(*T) uuid.UUID) ([]T, *string) {
	if len(items) <= p.limit {
		return items, nil
	}
	items = items[:p.limit]
	return items, cursorAfter(id(&items[p.limit-1]))
}

// cursorAfter is the cursor of the page beyond an id; nil for none.
func cursorAfter(last uuid.UUID) *string {
	if last == uuid.Nil {
		return nil
	}
	cursor := base64.RawURLEncoding.EncodeToString(last[:])
	return &cursor
}

// optional returns nil for what is empty, which the answer leaves out.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// value returns what a pointer holds, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
