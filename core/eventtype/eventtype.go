// Package eventtype keeps the types of events that accounts describe themselves,
// beside the canonical ones of the providers' catalogues, and checks the data of
// events against their JSON Schemas.
package eventtype

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// MaxTypes is the most types of one account.
	MaxTypes = 1000
	// MaxSchema bounds one type's schema, in bytes.
	MaxSchema = 64 << 10
	// MaxExample bounds its example, in bytes.
	MaxExample = 64 << 10
	// MaxDescription bounds its description, in bytes.
	MaxDescription = 4096
)

// EventType is a type of events as an account describes it.
type EventType struct {
	AccountID   uuid.UUID
	Name        string
	Description string
	// Schema is a JSON Schema of draft 2020-12 for the data; nil for none.
	Schema json.RawMessage
	// Example is the data of an event of the type; nil for none.
	Example    json.RawMessage
	Deprecated bool
	// Revision is another one after every change.
	Revision             uuid.UUID
	CreatedAt, UpdatedAt time.Time
}

// Revision names a state of a type.
type Revision struct {
	Name     string
	Revision uuid.UUID
}

// Condition is which state of a type a change is made for; the zero value is any.
type Condition struct {
	// Revision must be the type's.
	Revision uuid.UUID
}

// Store keeps types. Errors are [*sdk.Error]: not found, conflict where a
// condition does not hold, limit.
type Store interface {
	// PutEventTypes creates or replaces types of one account, all or none, and keeps
	// when those that exist were created. At most limit may be there then.
	PutEventTypes(ctx context.Context, types []EventType, c Condition, limit int) error
	EventType(ctx context.Context, accountID uuid.UUID, name string) (*EventType, error)
	// EventTypes reads those of the names; nil reads all.
	EventTypes(ctx context.Context, accountID uuid.UUID, names []string) ([]EventType, error)
	// EventTypeRevisions lists all types by name.
	EventTypeRevisions(ctx context.Context, accountID uuid.UUID) ([]Revision, error)
	DeleteEventType(ctx context.Context, accountID uuid.UUID, name string, c Condition) error
}

// Check tells what is wrong with a type; fields are those of the API's body.
func (t *EventType) Check() error {
	if msg := checkName(t.Name); msg != "" {
		return &sdk.Error{Code: sdk.CodeInvalid, Message: "The request is invalid", Fields: []sdk.FieldError{{In: "path", Field: "name", Message: msg}}}
	}
	if len(t.Description) > MaxDescription {
		return sdk.InvalidField("/description", "must have at most %d bytes", MaxDescription)
	}
	if len(t.Example) > MaxExample {
		return sdk.InvalidField("/example", "must have at most %d bytes", MaxExample)
	}
	if t.Schema == nil {
		return nil
	}
	s, err := Compile(t.Schema)
	if err != nil {
		return err
	}
	if t.Example == nil {
		return nil
	}
	if faults := s.Validate(t.Example); len(faults) > 0 {
		return sdk.InvalidField("/example"+faults[0].Field, "does not fit the schema: %s", faults[0].Message)
	}
	return nil
}

const (
	maxName = 255
	// operational is the prefix of the gateway's own events.
	operational = "switchhook."
)

// checkName holds names to what types of events may be called.
func checkName(name string) string {
	switch {
	case name == "" || len(name) > maxName:
		return fmt.Sprintf("must have 1 to %d characters", maxName)
	case strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || r == ',' || r == '*' || r == 0xfffd }):
		return "must not contain spaces, commas, * or control characters"
	case strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, ".."):
		return "must not have empty segments between dots"
	case strings.HasPrefix(name, operational):
		return "must not begin with " + operational + ", as the gateway's own events do"
	default:
		return ""
	}
}
