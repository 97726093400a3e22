package apply

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

var eventTypes = &kind{
	member: EventTypes, one: "event type",
	takes:    eventTypeEntry,
	shows:    sync.OnceValues(func() (*openapi3.Schema, error) { return schema("AccountEventType") }),
	of:       func(m map[string]any) fmt.Stringer { return typeName(text(m["name"])) },
	needs:    "name",
	naming:   []string{"name"},
	verbatim: []string{"schema", "example"},
	order:    []string{"name", "description"},
	page: func(ctx context.Context, c *switchhook.Client, limit int, cursor *string) (*http.Response, error) {
		return c.ListEventTypes(ctx, &switchhook.ListEventTypesParams{Limit: &limit, Cursor: cursor})
	},
	own:    func(m map[string]any) bool { return text(m["origin"]) == string(switchhook.Own) },
	create: func(d *Declared) change { return putEventType(text(d.members["name"]), nil, d.members) },
	update: func(d *Declared, current, body map[string]any) change {
		return putEventType(text(d.members["name"]), current, body)
	},
	remove: func(current map[string]any) change {
		return func(ctx context.Context, c *switchhook.Client) (string, error) {
			return "", gone(answer.Read(c.DeleteEventType(ctx, text(current["name"]), &switchhook.DeleteEventTypeParams{})))
		}
	},
}

// typeName is an event type in a plan.
type typeName string

// String implements fmt.Stringer.
func (n typeName) String() string { return "event type " + string(n) }

// eventTypeEntry is what PUT /v1/event-types/{name} takes, with the name.
var eventTypeEntry = sync.OnceValues(func() (*openapi3.Schema, error) {
	body, err := schema("NewEventType")
	if err != nil {
		return nil, err
	}
	entry := *body
	entry.Properties = maps.Clone(body.Properties)
	entry.Properties["name"] = openapi3.NewStringSchema().WithMinLength(1).WithMaxLength(maxTypeName).NewRef()
	entry.Required = []string{"name"}
	return &entry, nil
})

// maxTypeName is the most characters of an event type's name.
const maxTypeName = 255

// putEventType states the type; the API takes the whole, so what body does not
// name is sent as it is.
func putEventType(name string, current, body map[string]any) change {
	return func(ctx context.Context, c *switchhook.Client) (string, error) {
		takes, err := schema("NewEventType")
		if err != nil {
			return "", err
		}
		whole := map[string]any{}
		maps.Copy(whole, current)
		maps.Copy(whole, body)
		maps.DeleteFunc(whole, func(member string, v any) bool { return takes.Properties[member] == nil || v == nil })
		text, err := jsondata.Marshal(whole)
		if err != nil {
			return "", err
		}
		params := &switchhook.PutEventTypeParams{}
		if current != nil {
			params.IfMatch, err = unchanged(current, func() (*http.Response, error) { return c.GetEventType(ctx, name) })
			if err != nil {
				return "", err
			}
		}
		_, err = answer.Read(c.PutEventTypeWithBody(ctx, name, params, contentType, bytes.NewReader(text)))
		return "", err
	}
}
