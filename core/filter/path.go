package filter

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/core/filter/expression"
)

// Error tells what is wrong with a filter that is refused, and the remedy.
type Error struct {
	// Path of the clause, such as filters[1].any[0].prefix.
	Path string
	// Pointer is the same as a JSON pointer (RFC 6901): /filters/1/any/0/prefix.
	Pointer string
	Message string
}

// Error returns path and message.
func (e *Error) Error() string { return e.Path + ": " + e.Message }

// path is where a clause stands. It grows towards the root, so that a step down
// costs nothing unless it is asked for.
type path struct {
	parent *path
	name   string
	// index of an item; -1 for a field.
	index int
}

// root is what callers name the array.
var root = &path{name: "filters", index: -1}

func (p *path) field(name string) *path { return &path{parent: p, name: name, index: -1} }
func (p *path) item(i int) *path        { return &path{parent: p, index: i} }

func (p *path) refuse(format string, args ...any) *Error {
	return &Error{Path: p.String(), Pointer: p.pointer(), Message: fmt.Sprintf(format, args...)}
}

// String is the path as errors and explanations write it.
func (p *path) String() string {
	switch {
	case p.parent == nil:
		return p.name
	case p.index >= 0:
		return p.parent.String() + "[" + strconv.Itoa(p.index) + "]"
	case expression.IsAttributeName(p.name):
		return p.parent.String() + "." + p.name
	default:
		return p.parent.String() + "[" + expression.Quote(p.name) + "]"
	}
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func (p *path) pointer() string {
	switch {
	case p.parent == nil:
		return "/" + p.name
	case p.index >= 0:
		return p.parent.pointer() + "/" + strconv.Itoa(p.index)
	default:
		return p.parent.pointer() + "/" + pointerEscapes.Replace(p.name)
	}
}
