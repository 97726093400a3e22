// Package canonical has example data of the canonical event types, as
// openapi/events.yaml gives it.
package canonical

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/switchhook/switchhook/gen/events"
)

// Examples returns example data of every canonical event type, by type. Do not
// change it. The document is a part of the program: an error is a fault of the
// build.
var Examples = sync.OnceValues(func() (map[string]json.RawMessage, error) {
	doc, err := events.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("read the canonical events: %w", err)
	}
	types, _ := doc.Extensions["x-event-types"].(map[string]any)
	examples := make(map[string]json.RawMessage, len(types))
	for eventType, ref := range types {
		name, _ := ref.(string)
		schema := doc.Components.Schemas[strings.TrimPrefix(name, "#/components/schemas/")]
		if schema == nil || schema.Value == nil || schema.Value.Example == nil {
			return nil, fmt.Errorf("canonical event %s has no example", eventType)
		}
		if examples[eventType], err = json.Marshal(schema.Value.Example); err != nil {
			return nil, fmt.Errorf("example of %s: %w", eventType, err)
		}
	}
	return examples, nil
})
