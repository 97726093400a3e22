package unified

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// namePage is a page of a list that is ordered by names.
type namePage struct {
	limit int
	last  string
}

func newNamePage(limit *int, cursor *string) (namePage, error) {
	p := namePage{limit: defaultLimit}
	if limit != nil {
		p.limit = *limit
	}
	if cursor == nil {
		return p, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(*cursor)
	if err != nil || len(b) == 0 || !utf8.Valid(b) {
		return p, explain.Invalid(sdk.FieldError{In: "query", Field: "cursor", Message: "is not the next_cursor of a page"})
	}
	p.last = string(b)
	return p, nil
}

// cut returns the types of the page and the cursor of the next; nil on the last.
func (p namePage) cut(types []switchhook.AccountEventType) ([]switchhook.AccountEventType, *string) {
	if len(types) <= p.limit {
		return types, nil
	}
	cursor := base64.RawURLEncoding.EncodeToString([]byte(types[p.limit-1].Name))
	return types[:p.limit], &cursor
}
