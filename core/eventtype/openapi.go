package eventtype

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// ParseOpenAPI reads the event types of an OpenAPI document of version 3.0 or 3.1,
// as JSON or YAML: its webhooks (OpenAPI 3.1.1, section 4.8.1) and x-webhooks, the
// same before 3.1. Each is a type with the name of the webhook; the schema of its
// JSON request body, with all that it refers to, is the schema of the data.
// refused are webhooks that cannot be taken. Whether schemas are valid is not
// asked here. Errors: invalid.
//
// kin-openapi's loader, which reads every other document here, is not what reads
// this one: it refuses the whole for one reference that leads nowhere, though it be
// of a path or of one webhook among many; it leaves x-webhooks as they are; and its
// schemas are Go structs, which round numbers beyond 2^53 (ids in an enum) and lose
// what they have no room for (const: null). What is taken over must say what its
// author wrote. So no more is read here than webhooks hold, by reference or not,
// and the tests hold what becomes of it to what the loader makes of such documents.
func ParseOpenAPI(text []byte) (types []EventType, refused []Refusal, err error) {
	root, err := parseDocument(text)
	if err != nil {
		return nil, nil, err
	}
	d := document{root: root}
	if err := d.readVersion(); err != nil {
		return nil, nil, err
	}
	webhooks, err := d.webhooks()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(webhooks)) {
		t, fault := d.eventType(name, webhooks[name])
		if fault != nil {
			refused = append(refused, Refusal{Name: name, Reasons: []sdk.FieldError{*fault}})
			continue
		}
		types = append(types, t)
	}
	return types, refused, nil
}

func malformed(format string, args ...any) error {
	return &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: fmt.Sprintf(format, args...)}
}

// document is one that is read.
type document struct {
	root map[string]any
	// old: of version 3.0, whose schemas are an earlier dialect of JSON Schema.
	old bool
}

func (d *document) readVersion() error {
	version, _ := d.root["openapi"].(string)
	switch {
	case strings.HasPrefix(version, "3.0."):
		d.old = true
		return nil
	case strings.HasPrefix(version, "3.1."):
		return nil
	case version == "":
		return sdk.InvalidField("/openapi", "is required: the body must be an OpenAPI document of version 3.0 or 3.1")
	default:
		return sdk.InvalidField("/openapi", "must be a version 3.0.x or 3.1.x")
	}
}

// webhooks are those of the document, by name.
func (d *document) webhooks() (map[string]any, error) {
	out := map[string]any{}
	for _, member := range []string{"webhooks", "x-webhooks"} {
		v, ok := d.root[member]
		if !ok {
			continue
		}
		all, ok := v.(map[string]any)
		if !ok {
			return nil, sdk.InvalidField("/"+member, "must be an object of webhooks by name")
		}
		for name, item := range all {
			if _, twice := out[name]; twice {
				return nil, sdk.InvalidField("/x-webhooks/"+escapes.Replace(name), "is among webhooks too")
			}
			out[name] = item
		}
	}
	if len(out) == 0 {
		return nil, sdk.InvalidField("/webhooks", "has no webhook, and there are no x-webhooks: nothing can be imported")
	}
	if len(out) > MaxTypes {
		return nil, sdk.InvalidField("/webhooks", "must have at most %d webhooks", MaxTypes)
	}
	return out, nil
}

// methods are those that a webhook's request may have, the likely one first.
var methods = []string{"post", "put", "patch"}

// eventType reads one webhook.
func (d *document) eventType(name string, item any) (EventType, *sdk.FieldError) {
	t := EventType{Name: name}
	if msg := checkName(name); msg != "" {
		return t, &sdk.FieldError{In: "body", Field: "/name", Message: msg}
	}
	path, err := d.object(item)
	if err != nil {
		return t, fault("", err)
	}
	for _, method := range methods {
		if path[method] == nil {
			continue
		}
		operation, err := d.object(path[method])
		if err != nil {
			return t, fault("/"+method, err)
		}
		t.Description = firstText(operation["description"], operation["summary"], path["description"], path["summary"])
		t.Deprecated, _ = operation["deprecated"].(bool)
		if operation["requestBody"] == nil {
			return t, nil
		}
		if err := d.body(&t, operation["requestBody"]); err != nil {
			return t, fault("/"+method+"/requestBody", err)
		}
		return t, nil
	}
	return t, &sdk.FieldError{In: "body", Message: "has no operation: a webhook is a post, put or patch"}
}

func fault(at string, err error) *sdk.FieldError {
	return &sdk.FieldError{In: "body", Field: at, Message: short(err.Error())}
}

// body reads schema and example of a request body.
func (d *document) body(t *EventType, v any) error {
	body, err := d.object(v)
	if err != nil {
		return err
	}
	content, _ := body["content"].(map[string]any)
	for _, mediaType := range slices.Sorted(maps.Keys(content)) {
		if !isJSON(mediaType) {
			continue
		}
		media, err := d.object(content[mediaType])
		if err != nil {
			return err
		}
		if t.Example, err = d.example(media); err != nil {
			return err
		}
		if media["schema"] == nil {
			return nil
		}
		t.Schema, err = d.schema(media["schema"])
		return err
	}
	return fmt.Errorf("has no content of a JSON type")
}

// example is the first of a media type, by name.
func (d *document) example(media map[string]any) (json.RawMessage, error) {
	if v, ok := media["example"]; ok {
		return json.Marshal(v)
	}
	examples, _ := media["examples"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		example, err := d.object(examples[name])
		if err != nil {
			return nil, err
		}
		if v, ok := example["value"]; ok {
			return json.Marshal(v)
		}
	}
	return nil, nil
}

func firstText(values ...any) string {
	for _, v := range values {
		if text, ok := v.(string); ok && strings.TrimSpace(text) != "" {
			return strings.TrimSpace(text)
		}
	}
	return ""
}

// maxReferences bounds how many references follow one another.
const maxReferences = 32

// object is a value that must be an object, or a reference to one.
func (d *document) object(v any) (map[string]any, error) {
	for range maxReferences {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("must be an object")
		}
		ref, ok := m["$ref"].(string)
		if !ok {
			return m, nil
		}
		var err error
		if v, err = d.find(ref); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("has references that go in a circle")
}

var unescapes = strings.NewReplacer("~1", "/", "~0", "~")

// find follows a reference inside of the document (RFC 6901, section 6).
func (d *document) find(ref string) (any, error) {
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, fmt.Errorf("refers to %s: only references inside of the document are followed, as #/components/schemas/Order", short(ref))
	}
	var v any = d.root
	for _, name := range strings.Split(pointer, "/") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("refers to %s, which is not there", short(ref))
		}
		if v, ok = m[unescapes.Replace(unpercent(name))]; !ok {
			return nil, fmt.Errorf("refers to %s, which is not there", short(ref))
		}
	}
	return v, nil
}
