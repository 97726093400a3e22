// Package apply makes what an account has that of a file: its settings, its event
// types and its subscriptions. It reads the file, compares it with what the gateway
// has, and makes the changes.
package apply

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/switchhook/switchhook/core/gateway/explain"
)

// File is what a file declares.
type File struct {
	// Name of the file, for messages.
	Name string

	// lists are the things of each kind that the file has a list of, in its order.
	lists map[*kind][]*Declared
	// account is nil where the file does not have it.
	account *Declared
	reader  *reader
}

// Declared is one thing of a file.
type Declared struct {
	// Of says which it is.
	Of fmt.Stringer
	// members are JSON values by the names of the API.
	members map[string]any
	pointer string
}

// Parts returns the parts of an account that the file declares.
func (f *File) Parts() Parts {
	var parts Parts
	if f.account != nil {
		parts = append(parts, Settings)
	}
	for _, k := range kinds {
		if f.lists[k] != nil {
			parts = append(parts, k.member)
		}
	}
	return parts
}

// Parse reads a file. Values may name variables of the environment as ${NAME}.
// The error names the line and the field of everything that is wrong.
func Parse(name string, content []byte) (*File, error) {
	return parse(name, content, lookupEnv)
}

func parse(name string, content []byte, env func(string) (string, bool)) (*File, error) {
	f, doc, err := load(name, content, env)
	if err != nil {
		return nil, err
	}
	if err := f.read(doc); err != nil {
		return nil, err
	}
	return f, f.reader.failed(name)
}

// ParseStrings reads a mapping of words to texts, which may name variables of the
// environment too.
func ParseStrings(name string, content []byte) (map[string]string, error) {
	f, doc, err := load(name, content, lookupEnv)
	if err != nil {
		return nil, err
	}
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
	return out, f.reader.failed(name)
}

// load reads a file's only document, of which nothing is known yet.
func load(name string, content []byte, env func(string) (string, bool)) (*File, any, error) {
	f := &File{Name: name, lists: map[*kind][]*Declared{}, reader: &reader{lines: map[string]int{}, raw: map[string]string{}, env: env}}
	doc, err := f.reader.document(content)
	var line *lineError
	if errors.As(err, &line) {
		err = &problems{name, []Problem{{line.line, "", line.message}}}
	}
	return f, doc, err
}

// failed is the error of all that is wrong, by line.
func (r *reader) failed(name string) error {
	if len(r.problems) == 0 {
		return nil
	}
	sort.SliceStable(r.problems, func(i, j int) bool { return r.problems[i].Line < r.problems[j].Line })
	return &problems{name, r.problems}
}

func (f *File) read(doc any) error {
	members, ok := doc.(map[string]any)
	if !ok {
		f.fault("", "must be a mapping with "+strings.Join(AllParts, ", "))
		return nil
	}
	for name := range members {
		if !slices.Contains(AllParts, name) {
			f.fault("/"+escape.Replace(name), "is not known; known are "+strings.Join(AllParts, ", "))
		}
	}
	if len(members) == 0 {
		f.fault("", "declares nothing: state one of "+strings.Join(AllParts, ", ")+"; subscriptions: [] is none")
	}
	if entry, ok := members[Settings]; ok {
		if err := f.readAccount(entry); err != nil {
			return err
		}
	}
	for _, k := range kinds {
		list, ok := members[k.member]
		if !ok {
			continue
		}
		if err := f.readList(k, list); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) readList(k *kind, list any) error {
	items, ok := list.([]any)
	if !ok {
		f.fault("/"+k.member, "must be a list; [] is none")
		return nil
	}
	schema, err := k.takes()
	if err != nil {
		return err
	}
	f.lists[k] = []*Declared{}
	seen := map[fmt.Stringer]string{}
	for i, item := range items {
		pointer := fmt.Sprintf("/%s/%d", k.member, i)
		entry, ok := item.(map[string]any)
		if !ok {
			f.fault(pointer, "must be a mapping with "+k.needs)
			continue
		}
		f.check(schema, pointer, entry)
		if slices.Contains(k.naming, k.needs) && text(entry[k.needs]) == "" {
			continue // is told by check
		}
		d := &Declared{Of: k.of(entry), members: entry, pointer: pointer}
		if first, twice := seen[d.Of]; twice {
			f.fault(pointer, fmt.Sprintf("is the same %s as that of line %d (%s); give each a name of its own", k.one, f.line(first), d.Of))
			continue
		}
		seen[d.Of] = pointer
		f.lists[k] = append(f.lists[k], d)
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

func text(v any) string {
	s, _ := v.(string)
	return s
}
