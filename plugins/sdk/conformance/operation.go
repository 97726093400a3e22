package conformance

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is one operation of the document.
type operation struct {
	doc          *openapi3.T
	item         *openapi3.PathItem
	op           *openapi3.Operation
	method, path string
	// params are those of the operation and of its path.
	params openapi3.Parameters
}

// String names the operation in findings.
func (o *operation) String() string {
	name := o.method + " " + o.path
	if o.op.OperationID != "" {
		return o.op.OperationID + " (" + name + ")"
	}
	return name
}

// operationsOf lists the operations of a document, by path and method.
func operationsOf(doc *openapi3.T) []*operation {
	var out []*operation
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Find(path)
		byMethod := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(byMethod)) {
			o := &operation{doc: doc, item: item, op: byMethod[method], method: method, path: path}
			o.params = slices.Clone(o.op.Parameters)
			for _, p := range item.Parameters {
				if o.op.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
					o.params = append(o.params, p)
				}
			}
			out = append(out, o)
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// text reads an extension of the operation, or else of its path.
func (o *operation) text(extension string) string {
	for _, extensions := range []map[string]any{o.op.Extensions, o.item.Extensions} {
		if s, ok := extensions[extension].(string); ok {
			return s
		}
	}
	return ""
}

// namespace fills the operation's x-namespace as the gateway does: values are
// escaped, UUIDs in lower case.
func (o *operation) namespace(values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(o.text("x-namespace"), func(name string) string {
		name = name[1 : len(name)-1]
		value := values[name]
		if p := o.params.GetByInAndName(openapi3.ParameterInPath, name); p != nil && schemaOf(p).Format == "uuid" {
			value = strings.ToLower(value)
		}
		return url.PathEscape(value)
	})
}

// inNamespace tells whether a path parameter names the namespace: it is the same
// in all requests.
func (o *operation) inNamespace(param string) bool {
	return strings.Contains(o.text("x-namespace"), "{"+param+"}")
}

// scopes that a key needs for the operation.
func (o *operation) scopes() []string {
	security := o.doc.Security
	if o.op.Security != nil {
		security = *o.op.Security
	}
	for _, requirement := range security {
		for _, scopes := range requirement {
			if len(scopes) > 0 {
				return scopes
			}
		}
	}
	return []string{"subscriptions:read", "subscriptions:write"}
}

// bodyTypes are the content types of the request body, sorted; none without one.
func (o *operation) bodyTypes() []string {
	if o.op.RequestBody == nil || o.op.RequestBody.Value == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.op.RequestBody.Value.Content))
}

// idParams are the names of all path parameters that may be ids of subscriptions.
func idParams(operations []*operation) map[string]bool {
	out := map[string]bool{"id": true}
	for _, o := range operations {
		for _, p := range o.params {
			if p.Value.In == openapi3.ParameterInPath && !o.inNamespace(p.Value.Name) {
				out[plainName(p.Value.Name)] = true
			}
		}
	}
	return out
}

// plainName is a name without case and separators: webhook_id is webhookId.
func plainName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

var anySchema = &openapi3.Schema{}

// schemaOf is the schema of a parameter; one that allows all where it has none.
func schemaOf(p *openapi3.Parameter) *openapi3.Schema {
	if p.Schema == nil || p.Schema.Value == nil {
		return anySchema
	}
	return p.Schema.Value
}
