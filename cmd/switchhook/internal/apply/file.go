// Package apply makes an account's subscriptions those of a file: it reads the
// file, compares it with what the gateway has, and makes the changes.
package apply

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	defaultProvider = "standard"
	// list is the member of a file that has the subscriptions.
	list = "subscriptions"
)

// File is what a file declares.
type File struct {
	// Name of the file, for messages.
	Name string
	// Subscriptions in the file's order.
	Subscriptions []Declared

	reader *reader
}

// Declared is one subscription of a file.
type Declared struct {
	Identity
	// members are JSON values by the names of the API; raw is how strings stand in
	// the file, by JSON pointer, references not replaced.
	members map[string]any
	pointer string
}

// Identity tells subscriptions of an account apart: provider, namespace and name;
// the URL where there is no name, as some vendors' subscriptions have none.
type Identity struct{ Provider, Namespace, Name, URL string }

// String is how a subscription is called in a plan.
func (i Identity) String() string {
	parts := []string{i.Provider}
	if i.Namespace != "" {
		parts = append(parts, i.Namespace)
	}
	if i.Name != "" {
		return strings.Join(append(parts, i.Name), "/")
	}
	return strings.Join(parts, "/") + " " + i.URL
}

func identity(m map[string]any) Identity {
	i := Identity{Provider: text(m["provider"]), Namespace: text(m["namespace"]), Name: text(m["name"])}
	if i.Provider == "" {
		i.Provider = defaultProvider
	}
	if i.Name == "" {
		i.URL = text(m["url"])
	}
	return i
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// Parse reads a file. Values may name variables of the environment as ${NAME}.
// The error names the line and the field of everything that is wrong.
func Parse(name string, content []byte) (*File, error) {
	return parse(name, content, lookupEnv)
}

func parse(name string, content []byte, env func(string) (string, bool)) (*File, error) {
	r := &reader{lines: map[string]int{}, raw: map[string]string{}, env: env}
	f := &File{Name: name, reader: r}
	doc, err := r.document(content)
	var line *lineError
	if errors.As(err, &line) {
		return nil, &problems{name, []Problem{{line.line, "", line.message}}}
	}
	if err != nil {
		return nil, err
	}
	if err := f.read(doc); err != nil {
		return nil, err
	}
	if err := r.failed(name); err != nil {
		return nil, err
	}
	return f, nil
}

// failed is the error of all that is wrong, by line.
func (r *reader) failed(name string) error {
	if len(r.problems) == 0 {
		return nil
	}
	sort.SliceStable(r.problems, func(i, j int) bool { return r.problems[i].Line < r.problems[j].Line })
	return &problems{name, r.problems}
}

// ParseStrings reads a mapping of words to texts, which may name variables of the
// environment too.
func ParseStrings(name string, content []byte) (map[string]string, error) {
	r := &reader{lines: map[string]int{}, raw: map[string]string{}, env: lookupEnv}
	doc, err := r.document(content)
	var line *lineError
	if errors.As(err, &line) {
		return nil, &problems{name, []Problem{{line.line, "", line.message}}}
	}
	if err != nil {
		return nil, err
	}
	f := &File{Name: name, reader: r}
	members, ok := doc.(map[string]any)
	if !ok {
		f.fault("", "must be a mapping")
	}
	out := map[string]string{}
	for word, v := range members {
		s, ok := v.(string)
		if !ok || s == "" {
			f.fault("/"+escape.Replace(word), "must be a text")
		}
		out[word] = s
	}
	return out, r.failed(name)
}

func (f *File) read(doc any) error {
	members, ok := doc.(map[string]any)
	if !ok {
		f.fault("", "must be a mapping with "+list)
		return nil
	}
	for name := range members {
		if name != list {
			f.fault("/"+escape.Replace(name), "is not known; known is "+list)
		}
	}
	items, ok := members[list].([]any)
	if !ok {
		f.fault("/"+list, "must be a list of subscriptions; [] is none")
		return nil
	}
	schema, err := subscriptionSchema()
	if err != nil {
		return err
	}
	seen := map[Identity]string{}
	for i, item := range items {
		pointer := fmt.Sprintf("/%s/%d", list, i)
		entry, ok := item.(map[string]any)
		if !ok {
			f.fault(pointer, "must be a mapping with url")
			continue
		}
		f.check(schema, pointer, entry)
		d := Declared{Identity: identity(entry), members: entry, pointer: pointer}
		if first, twice := seen[d.Identity]; twice {
			f.fault(pointer, fmt.Sprintf("is the same subscription as that of line %d (%s); give each a name of its own", f.line(first), d))
			continue
		}
		seen[d.Identity] = pointer
		f.Subscriptions = append(f.Subscriptions, d)
	}
	return nil
}

// check holds an entry against the API's own document.
func (f *File) check(schema *openapi3.Schema, pointer string, entry map[string]any) {
	err := schema.VisitJSON(entry, openapi3.VisitAsRequest(), openapi3.MultiErrors())
	if err == nil {
		return
	}
	for _, field := range explain.Request(&openapi3filter.RequestError{RequestBody: &openapi3.RequestBody{}, Err: err}).Fields {
		f.fault(pointer+field.Field, field.Message)
	}
}

func (f *File) fault(pointer, message string) {
	f.reader.problems = append(f.reader.problems, Problem{f.line(pointer), field(pointer), message})
}

// line is that of a value, or of the nearest that the file has above it.
func (f *File) line(pointer string) int {
	for {
		if n := f.reader.lines[pointer]; n > 0 {
			return n
		}
		i := strings.LastIndexByte(pointer, '/')
		if i < 0 {
			return 1
		}
		pointer = pointer[:i]
	}
}

// subscriptionSchema is what POST /v1/subscriptions takes; schemas of the document
// are checked by the gateway in the same way.
var subscriptionSchema = sync.OnceValues(func() (*openapi3.Schema, error) { return schema("NewSubscription") })

// shownSchema is what GET /v1/subscriptions/{id} answers.
var shownSchema = sync.OnceValues(func() (*openapi3.Schema, error) { return schema("Subscription") })

func schema(name string) (*openapi3.Schema, error) {
	doc, err := switchhook.GetSpec()
	if err != nil {
		return nil, err
	}
	ref := doc.Components.Schemas[name]
	if ref == nil || ref.Value == nil {
		return nil, fmt.Errorf("the API's document has no schema %s", name)
	}
	return ref.Value, nil
}

// hidden is how the gateway shows a value that it does not show; in a file it
// stands for the value that the gateway has.
const hidden = sdk.Redacted
