package conformance

import (
	"cmp"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// known are ids of what is there when a request is made; "" where it is not.
type known struct{ subscription, delivery, event string }

// maxVariants bounds how many combinations of ids one request is tried with.
const maxVariants = 64

// variants lists the requests of an operation with a body: the document does not
// say which parameter is whose id, so each is tried with all that are known.
func (g generator) variants(o *operation, b body, ids known, optional bool) []request {
	out := []request{{op: o, body: b, path: map[string]any{}, query: map[string]any{}, header: map[string]any{}}}
	for _, p := range o.params {
		p := p.Value
		if !p.Required && (!optional || !described(p)) {
			continue
		}
		var next []request
		for _, r := range out {
			for _, v := range g.candidates(o, p, ids) {
				if len(next) < maxVariants {
					next = append(next, r.with(p, v))
				}
			}
		}
		out = next
	}
	return out
}

// described tells whether the document has a value for an optional parameter.
func described(p *openapi3.Parameter) bool {
	return p.Example != nil || len(p.Examples) > 0 || schemaOf(p).Example != nil || schemaOf(p).Default != nil
}

// with returns the request with one more parameter.
func (r request) with(p *openapi3.Parameter, v any) request {
	r.path, r.query, r.header = maps.Clone(r.path), maps.Clone(r.query), maps.Clone(r.header)
	switch p.In {
	case openapi3.ParameterInPath:
		r.path[p.Name] = v
	case openapi3.ParameterInQuery:
		r.query[p.Name] = v
	case openapi3.ParameterInHeader:
		r.header[p.Name] = v
	}
	return r
}

// candidates are values for a parameter, the likeliest first.
func (g generator) candidates(o *operation, p *openapi3.Parameter, ids known) []any {
	own := g.parameter(p)
	_, isList := own.([]any)
	_, isObject := own.(map[string]any)
	if isList || isObject || !p.Required || len(schemaOf(p).Enum) > 0 || o.inNamespace(p.Name) || p.In == openapi3.ParameterInHeader {
		return []any{own}
	}
	list := []any{own, ids.delivery, ids.subscription, ids.event}
	if p.In == openapi3.ParameterInPath {
		list = []any{ids.subscription, own, ids.delivery, ids.event}
	}
	var out []any
	for _, v := range list {
		if v != "" && !slices.Contains(out, v) && (v == own || fitsText(schemaOf(p), v)) {
			out = append(out, v)
		}
	}
	return out
}

// fitsText tells whether a parameter may have an id; a number stands as text in a URL.
func fitsText(s *openapi3.Schema, v any) bool {
	text, ok := v.(string)
	if ok && (s.Type.Is(openapi3.TypeInteger) || s.Type.Is(openapi3.TypeNumber)) {
		return strings.Trim(text, "0123456789") == ""
	}
	return fits(s, v)
}

// parameter is the document's value for a parameter, or a generated one.
func (g generator) parameter(p *openapi3.Parameter) any {
	if p.Example != nil {
		return p.Example
	}
	for _, name := range sortedKeys(p.Examples) {
		if e := p.Examples[name].Value; e != nil && e.Value != nil {
			return e.Value
		}
	}
	return g.value(p.Name, schemaOf(p), 0)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// mediaType is a content type without its parameters, in lower case.
func mediaType(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return media
}

func isJSON(contentType string) bool {
	media := mediaType(contentType)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}
