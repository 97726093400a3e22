package eventtype

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Accounts gives the settings of accounts.
type Accounts interface {
	Settings(ctx context.Context, accountID uuid.UUID) (account.Settings, error)
}

// Service keeps the types of accounts. It implements event.Validator.
type Service struct {
	store     Store
	accounts  Accounts
	now       func() time.Time
	snapshots *snapshots
}

// NewService returns a service.
func NewService(store Store, accounts Accounts, now func() time.Time) *Service {
	return &Service{store: store, accounts: accounts, now: now, snapshots: newSnapshots(store, now)}
}

// Put creates a type or replaces it. created tells which. Errors: invalid,
// conflict where the condition does not hold, limit.
func (s *Service) Put(ctx context.Context, t EventType, c Condition) (_ *EventType, created bool, err error) {
	if err := t.Check(); err != nil {
		return nil, false, err
	}
	out, err := s.put(ctx, t.AccountID, []EventType{t}, c)
	if err != nil {
		return nil, false, err
	}
	return &out[0], out[0].CreatedAt.Equal(out[0].UpdatedAt), nil
}

// put stores checked types.
func (s *Service) put(ctx context.Context, accountID uuid.UUID, types []EventType, c Condition) ([]EventType, error) {
	now := s.now().UTC().Truncate(time.Microsecond)
	for i := range types {
		revision, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		types[i].Revision, types[i].CreatedAt, types[i].UpdatedAt = revision, now, now
	}
	if err := s.store.PutEventTypes(ctx, types, c, MaxTypes); err != nil {
		return nil, err
	}
	s.snapshots.forget(accountID)
	return types, nil
}

// Get reads a type. Errors: not found.
func (s *Service) Get(ctx context.Context, accountID uuid.UUID, name string) (*EventType, error) {
	return s.store.EventType(ctx, accountID, name)
}

// List reads all types of an account by name; there are no more than [MaxTypes].
func (s *Service) List(ctx context.Context, accountID uuid.UUID) ([]EventType, error) {
	return s.store.EventTypes(ctx, accountID, nil)
}

// Delete removes a type. Errors: not found, conflict where the condition does not
// hold.
func (s *Service) Delete(ctx context.Context, accountID uuid.UUID, name string, c Condition) error {
	if err := s.store.DeleteEventType(ctx, accountID, name, c); err != nil {
		return err
	}
	s.snapshots.forget(accountID)
	return nil
}

// Refusal is a type that cannot be imported.
type Refusal struct {
	Name string
	// Reasons say what is wrong; fields are places in the type.
	Reasons []sdk.FieldError
}

// Imported is what an import does.
type Imported struct {
	// The names of types, sorted.
	Created, Updated, Unchanged []string
	Refused                     []Refusal
}

// Import takes types over from a document: all that are not refused, or none where
// that fails. A dry run only tells. Types that the document does not name stay.
// Errors: invalid (the document), limit.
func (s *Service) Import(ctx context.Context, accountID uuid.UUID, document []byte, dryRun bool) (*Imported, error) {
	found, refused, err := ParseOpenAPI(document)
	if err != nil {
		return nil, err
	}
	out := &Imported{Refused: refused}
	there, err := s.store.EventTypes(ctx, accountID, nil)
	if err != nil {
		return nil, err
	}
	known := make(map[string]*EventType, len(there))
	for i := range there {
		known[there[i].Name] = &there[i]
	}
	var changes []EventType
	for _, t := range found {
		t.AccountID = accountID
		if err := t.Check(); err != nil {
			out.Refused = append(out.Refused, Refusal{Name: t.Name, Reasons: sdk.AsError(err).Fields})
			continue
		}
		switch old := known[t.Name]; {
		case old == nil:
			out.Created = append(out.Created, t.Name)
		case same(old, &t):
			out.Unchanged = append(out.Unchanged, t.Name)
			continue
		default:
			out.Updated = append(out.Updated, t.Name)
		}
		changes = append(changes, t)
	}
	slices.SortFunc(out.Refused, func(a, b Refusal) int { return strings.Compare(a.Name, b.Name) })
	if len(there)+len(out.Created) > MaxTypes {
		return nil, tooMany(MaxTypes)
	}
	if dryRun || len(changes) == 0 {
		return out, nil
	}
	_, err = s.put(ctx, accountID, changes, Condition{})
	return out, err
}

// tooMany answers one type more than there may be.
func tooMany(limit int) error {
	return sdk.Errorf(sdk.CodeLimit, "An account has at most %d event types; delete some first", limit)
}

// same tells whether nothing would change.
func same(a, b *EventType) bool {
	return a.Description == b.Description && a.Deprecated == b.Deprecated && bytes.Equal(a.Schema, b.Schema) && bytes.Equal(a.Example, b.Example)
}

// Validate implements event.Validator by the account's settings.
func (s *Service) Validate(ctx context.Context, accountID uuid.UUID, e *sdk.Event) ([]sdk.FieldError, error) {
	settings, err := s.accounts.Settings(ctx, accountID)
	if err != nil {
		return nil, err
	}
	mode := settings.Validation()
	if mode == account.ValidationOff {
		return nil, nil
	}
	snapshot, err := s.snapshots.get(ctx, accountID)
	if err != nil {
		return nil, err
	}
	schema := snapshot[e.Type].schema
	if schema == nil {
		return nil, nil
	}
	faults := faultsOfEvent(schema, e)
	if len(faults) > 0 && mode == account.ValidationRefuse {
		return nil, &sdk.Error{Code: sdk.CodeInvalid, Message: "The data does not fit the schema of " + e.Type, Fields: faults}
	}
	return faults, nil
}

// faultsOfEvent tells what is wrong with an event's data.
func faultsOfEvent(schema *Schema, e *sdk.Event) []sdk.FieldError {
	if len(e.Data) == 0 {
		return []sdk.FieldError{{In: "body", Field: "/data", Message: "is required by the schema of " + e.Type}}
	}
	if !isJSON(e.DataContentType) {
		return []sdk.FieldError{{In: "body", Field: "/data", Message: "must be JSON, as the schema of " + e.Type + " is for; datacontenttype says otherwise"}}
	}
	faults := schema.Validate(e.Data)
	for i := range faults {
		faults[i].Field = "/data" + faults[i].Field
	}
	return faults
}
