package unified

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// ListEventTypes lists the account's types and those of the providers' catalogues,
// by name. A type that the account describes stands in the place of the canonical
// one of the name.
func (s *server) ListEventTypes(ctx context.Context, req switchhook.ListEventTypesRequestObject) (switchhook.ListEventTypesResponseObject, error) {
	p, err := newNamePage(req.Params.Limit, req.Params.Cursor)
	if err != nil {
		return nil, err
	}
	types, err := s.allEventTypes(ctx)
	if err != nil {
		return nil, err
	}
	types = slices.DeleteFunc(types, func(t switchhook.AccountEventType) bool {
		return t.Name <= p.last || req.Params.Origin != nil && string(t.Origin) != string(*req.Params.Origin)
	})
	items, next := p.cut(types)
	return switchhook.ListEventTypes200JSONResponse{Items: items, NextCursor: next}, nil
}

// allEventTypes are those of the account and canonical ones, by name.
func (s *server) allEventTypes(ctx context.Context) ([]switchhook.AccountEventType, error) {
	own, err := s.EventTypes.List(ctx, principal(ctx).AccountID)
	if err != nil {
		return nil, err
	}
	byName := s.canonicalTypes()
	for i := range own {
		t := eventTypeOut(&own[i])
		t.Providers = byName[t.Name].Providers
		byName[t.Name] = t
	}
	out := make([]switchhook.AccountEventType, 0, len(byName))
	for _, t := range byName {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b switchhook.AccountEventType) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// canonicalTypes are those of the providers' catalogues, with who delivers them.
func (s *server) canonicalTypes() map[string]switchhook.AccountEventType {
	out := map[string]switchhook.AccountEventType{}
	set := s.Providers.Providers()
	for _, name := range set.Names() {
		for _, native := range set.Get(name).Manifest.EventTypes {
			for _, canonical := range native.Canonical {
				t, ok := out[canonical]
				if !ok {
					t = switchhook.AccountEventType{Name: canonical, Origin: switchhook.Canonical, Description: native.Description}
				}
				providers := append(value(t.Providers), name)
				slices.Sort(providers)
				providers = slices.Compact(providers)
				t.Providers = &providers
				out[canonical] = t
			}
		}
	}
	return out
}

// GetEventType reads the account's type, or the canonical one.
func (s *server) GetEventType(ctx context.Context, req switchhook.GetEventTypeRequestObject) (switchhook.GetEventTypeResponseObject, error) {
	canonical, known := s.canonicalTypes()[req.Name]
	t, err := s.EventTypes.Get(ctx, principal(ctx).AccountID, req.Name)
	switch {
	case err == nil:
		out := eventTypeOut(t)
		out.Providers = canonical.Providers
		return switchhook.GetEventType200JSONResponse{
			Body: out, Headers: switchhook.GetEventType200ResponseHeaders{ETag: optional(revisionTag(t.Revision))},
		}, nil
	case known && sdk.IsCode(err, sdk.CodeNotFound):
		return switchhook.GetEventType200JSONResponse{Body: canonical}, nil
	default:
		return nil, err
	}
}

// newEventType is the body of PutEventType. Schema and example are kept as they
// were sent, which the generated types would not do.
type newEventType struct {
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
	Example     json.RawMessage `json:"example"`
	Deprecated  bool            `json:"deprecated"`
}

// PutEventType creates or replaces a type.
func (s *server) PutEventType(ctx context.Context, req switchhook.PutEventTypeRequestObject) (switchhook.PutEventTypeResponseObject, error) {
	c := callOf(ctx)
	var in newEventType
	if err := json.Unmarshal(c.body, &in); err != nil {
		return nil, sdk.Errorf(sdk.CodeInvalid, "The body must be a JSON object")
	}
	condition, err := s.matchRevision(ctx, req.Name, req.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	t, created, err := s.EventTypes.Put(ctx, eventtype.EventType{
		AccountID: c.principal.AccountID, Name: req.Name, Description: in.Description,
		Schema: compactJSON(in.Schema), Example: compactJSON(in.Example), Deprecated: in.Deprecated,
	}, condition)
	if err != nil {
		return nil, staleRevision(condition, err)
	}
	tag := revisionTag(t.Revision)
	if created {
		return switchhook.PutEventType201JSONResponse{Body: eventTypeOut(t), Headers: switchhook.PutEventType201ResponseHeaders{ETag: tag}}, nil
	}
	return switchhook.PutEventType200JSONResponse{Body: eventTypeOut(t), Headers: switchhook.PutEventType200ResponseHeaders{ETag: tag}}, nil
}

// compactJSON is JSON without spaces; nil for null.
func compactJSON(text json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if len(text) == 0 || json.Compact(&b, text) != nil || b.String() == "null" {
		return nil
	}
	return b.Bytes()
}

// DeleteEventType removes a type of the account.
func (s *server) DeleteEventType(ctx context.Context, req switchhook.DeleteEventTypeRequestObject) (switchhook.DeleteEventTypeResponseObject, error) {
	condition, err := s.matchRevision(ctx, req.Name, req.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := s.EventTypes.Delete(ctx, principal(ctx).AccountID, req.Name, condition); err != nil {
		return nil, staleRevision(condition, err)
	}
	return switchhook.DeleteEventType204Response{}, nil
}

// ImportEventTypes takes types over from an OpenAPI document, which it reads from
// the call's bytes.
func (s *server) ImportEventTypes(ctx context.Context, req switchhook.ImportEventTypesRequestObject) (switchhook.ImportEventTypesResponseObject, error) {
	c := callOf(ctx)
	if err := checkDocumentType(c.header, c.operation.contentTypes); err != nil {
		return nil, err
	}
	dryRun := value(req.Params.DryRun)
	done, err := s.EventTypes.Import(ctx, c.principal.AccountID, c.body, dryRun)
	if err != nil {
		return nil, err
	}
	refused := make([]switchhook.RefusedEventType, len(done.Refused))
	for i, r := range done.Refused {
		refused[i] = switchhook.RefusedEventType{Name: r.Name, Errors: fieldsOut(r.Reasons)}
	}
	return switchhook.ImportEventTypes200JSONResponse{
		DryRun: dryRun, Created: list(done.Created), Updated: list(done.Updated), Unchanged: list(done.Unchanged), Refused: refused,
	}, nil
}

// checkDocumentType holds the content type of a body that the operation reads
// itself to the document's; none is any of them.
func checkDocumentType(h http.Header, types []string) error {
	contentType := h.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(contentType); contentType == "" || err == nil && slices.Contains(types, media) {
		return nil
	}
	return sdk.Errorf(sdk.CodeUnsupportedMediaType, "The Content-Type must be %s", strings.Join(types, " or "))
}

// list is an empty list for none, as JSON shows it.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

func eventTypeOut(t *eventtype.EventType) switchhook.AccountEventType {
	out := switchhook.AccountEventType{
		Name: t.Name, Origin: switchhook.Own, Description: t.Description, Deprecated: t.Deprecated,
		CreatedAt: optional(t.CreatedAt), UpdatedAt: optional(t.UpdatedAt),
	}
	if t.Schema != nil {
		out.Schema = &t.Schema
	}
	if t.Example != nil {
		out.Example = &t.Example
	}
	return out
}

// revisionTag is a strong entity tag (RFC 9110, section 8.8.3).
func revisionTag(revision uuid.UUID) string { return `"` + revision.String() + `"` }

// matchRevision is the condition of If-Match (RFC 9110, section 13.1.1). Errors:
// not found, stale.
func (s *server) matchRevision(ctx context.Context, name string, ifMatch *string) (eventtype.Condition, error) {
	if ifMatch == nil {
		return eventtype.Condition{}, nil
	}
	t, err := s.EventTypes.Get(ctx, principal(ctx).AccountID, name)
	if err != nil {
		return eventtype.Condition{}, err
	}
	for tag := range strings.SplitSeq(*ifMatch, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || tag == revisionTag(t.Revision) {
			return eventtype.Condition{Revision: t.Revision}, nil
		}
	}
	return eventtype.Condition{}, staleStateError{sdk.Errorf(sdk.CodeConflict,
		"The event type has changed; its ETag is now %s: read it again", revisionTag(t.Revision))}
}

// staleRevision tells a change between the check and the write from other errors.
func staleRevision(c eventtype.Condition, err error) error {
	if c.Revision != uuid.Nil && sdk.IsCode(err, sdk.CodeConflict) {
		return staleStateError{err}
	}
	return err
}
