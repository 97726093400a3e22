package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

// Request is a request without credentials.
type Request struct {
	Method string
	// Target is the path with the query, escaped.
	Target string
	Header http.Header
	Body   string
}

// String shows the request, its body bounded.
func (r Request) String() string {
	return fmt.Sprintf("%s %.300s %v %.2000q", r.Method, r.Target, r.Header, r.Body)
}

// Names gives names of things that exist, for parameters: the ids that answers
// told. The key is a tag of the document; "" is every id, "cursor" the cursors.
type Names map[string][]string

// Draw draws a request for the operation: as the document wants it, or with one
// thing about it wrong.
func (o *Operation) Draw(t *rapid.T, names Names) Request {
	spoiled := rapid.SampledFrom([]string{"", "", "", "body", "body", "body", "path", "query", "header", "type", "broken"}).Draw(t, "spoiled")
	r := Request{Method: o.Method, Header: http.Header{}}
	r.Target = o.drawPath(t, names, spoiled == "path")
	if query := o.drawQuery(t, names, spoiled == "query"); query != "" {
		r.Target += "?" + query
	}
	for _, p := range o.Parameters {
		if p.In == openapi3.ParameterInHeader && (p.Required || rapid.IntRange(0, 2).Draw(t, p.Name+"?") == 0) {
			r.Header.Set(p.Name, headerText(parameterText(t, p, spoiled == "header")))
		}
	}
	o.drawBody(t, &r, spoiled)
	return r
}

// drawPath fills the path's parameters, mostly with names of things that exist.
func (o *Operation) drawPath(t *rapid.T, names Names, odd bool) string {
	path := o.Path
	for _, p := range o.Parameters {
		if p.In != openapi3.ParameterInPath {
			continue
		}
		text := parameterText(t, p, odd)
		if known := o.known(names); !odd && len(known) > 0 && rapid.IntRange(0, 4).Draw(t, "known") > 0 {
			text = rapid.SampledFrom(known).Draw(t, p.Name)
		}
		path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(text), 1)
	}
	return path
}

// known are the names of what the operation is about.
func (o *Operation) known(names Names) []string {
	for _, tag := range o.Spec.Tags {
		if len(names[tag]) > 0 {
			return names[tag]
		}
	}
	return nil
}

func (o *Operation) drawQuery(t *rapid.T, names Names, odd bool) string {
	var parts []string
	for _, p := range o.Parameters {
		if p.In != openapi3.ParameterInQuery || !p.Required && rapid.IntRange(0, 2).Draw(t, p.Name+"?") > 0 {
			continue
		}
		text, known := parameterText(t, p, odd), names[p.Name]
		if p.Schema.Value.Format == "uuid" {
			known = names[""]
		}
		if !odd && len(known) > 0 && rapid.IntRange(0, 3).Draw(t, "known") > 0 {
			text = rapid.SampledFrom(known).Draw(t, p.Name)
		}
		parts = append(parts, url.QueryEscape(p.Name)+"="+url.QueryEscape(text))
	}
	if odd {
		parts = append(parts, rapid.SampledFrom([]string{
			"unknown=1", "limit=1&limit=2", "limit=%zz", "%ff=%ff", "cursor=%00", "cursor=AAAA", "limit=1e3", ";;", "limit", "&&==&",
		}).Draw(t, "odd query"))
	}
	return strings.Join(parts, "&")
}

// parameterText is a parameter's value as text; lists are comma separated.
func parameterText(t *rapid.T, p *openapi3.Parameter, odd bool) string {
	if odd {
		return drawOddText(t)
	}
	v := p.Example
	if v == nil || rapid.Bool().Draw(t, p.Name+" drawn") {
		v = drawValue(t, p.Schema, 0)
	}
	if list, ok := v.([]any); ok {
		texts := make([]string, len(list))
		for i := range list {
			texts[i] = fmt.Sprint(list[i])
		}
		return strings.Join(texts, ",")
	}
	return fmt.Sprint(v)
}

// headerText leaves out what no HTTP client can send in a header field.
func headerText(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, text)
}

func (o *Operation) drawBody(t *rapid.T, r *Request, spoiled string) {
	types := o.contentTypes()
	if types == nil {
		if spoiled == "broken" {
			r.Body = rapid.SampledFrom(brokenBodies).Draw(t, "needless body")
		}
		return
	}
	contentType := rapid.SampledFrom(types).Draw(t, "content type")
	r.Header.Set("Content-Type", contentType)
	media := o.Spec.RequestBody.Value.Content[contentType]
	v := drawExample(t, media)
	if v == nil {
		v = drawValue(t, media.Schema, 0)
	}
	switch spoiled {
	case "body":
		v = spoil(t, v)
	case "type":
		r.Header.Set("Content-Type", rapid.SampledFrom([]string{
			"text/plain", "application/json; charset=utf-16", "application/xml", "*/*", ";", "application/json, text/plain",
		}).Draw(t, "wrong type"))
	case "broken":
		r.Body = rapid.SampledFrom(brokenBodies).Draw(t, "broken body")
		return
	}
	r.Body = encode(v)
}

// drawExample is one of the document's examples, or nil.
func drawExample(t *rapid.T, media *openapi3.MediaType) any {
	if len(media.Examples) == 0 || rapid.IntRange(0, 2).Draw(t, "no example") == 0 {
		return nil
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(media.Examples))).Draw(t, "example")
	return media.Examples[name].Value.Value
}

// encode writes a drawn value as JSON. Raw values stand as they are, though they
// may be no JSON at all.
func encode(v any) string {
	switch v := v.(type) {
	case json.RawMessage:
		return string(v)
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, encode(name)+":"+encode(v[name]))
		}
		return "{" + strings.Join(members, ",") + "}"
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = encode(v[i])
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "null" // a number that JSON has no form for
	}
	return string(text)
}
