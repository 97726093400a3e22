package expression

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
)

// Bounds of an expression.
const (
	// MaxSource is the longest source, in bytes.
	MaxSource = 4096
	// MaxNodes is the most names, values and operators of a source.
	MaxNodes = 500
	// Steps is the budget of an evaluation; a step takes some tens of nanoseconds.
	Steps = 50_000
)

// Input is the event that an expression is evaluated over.
type Input interface {
	// Attribute returns an attribute's text; ok is false where there is none.
	Attribute(name string) (text string, ok bool)
	// Time is the attribute time, or nil.
	Time() *time.Time
	// Data is the data as [encoding/json] decodes it with UseNumber; ok is false
	// where it is not JSON.
	Data() (data any, ok bool)
}

// Program is a compiled expression. It does not change, and any number of
// goroutines may use it.
type Program struct {
	body  eval
	slots int
	reads []read
}

// Error tells why a source is refused.
type Error struct {
	Message string
	// Position is the character of the source at which it was found, from 1; 0
	// is the whole.
	Position int
}

// Error returns the message with the position.
func (e *Error) Error() string {
	if e.Position == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s, at character %d", e.Message, e.Position)
}

func refuse(n ast.Node, format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Position: n.Location().From + 1}
}

// Compile reads a source. A source that is refused is an [*Error].
func Compile(source string) (_ *Program, err error) {
	switch {
	case strings.TrimSpace(source) == "":
		return nil, &Error{Message: `must not be empty; write a condition, such as data.total > 100`}
	case len(source) > MaxSource:
		return nil, &Error{Message: fmt.Sprintf("has %d bytes; at most %d are possible", len(source), MaxSource)}
	case !utf8.ValidString(source):
		return nil, &Error{Message: "must be UTF-8"}
	}
	// The parser and the checker are another's; what they may panic on is not known.
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Message: "cannot be read; write it in another way"}
		}
	}()
	config := newConfig()
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, refusal(err)
	}
	c := compiler{}
	body, err := c.compile(tree.Node)
	if err != nil {
		return nil, err
	}
	result, err := checker.Check(tree, config)
	if err != nil {
		return nil, refusal(err)
	}
	if k := result.Kind(); k != reflect.Bool && k != reflect.Interface {
		return nil, &Error{Message: fmt.Sprintf("gives a value of type %s; it must be true or false", result)}
	}
	if err := checkTimes(tree.Node); err != nil {
		return nil, err
	}
	return &Program{body: body, slots: c.maxSlots, reads: gatherReads(tree.Node)}, nil
}

// newConfig says what is known of the types of an event. The checker keeps a
// cache in it, so that each source needs its own.
func newConfig() *conf.Config {
	c := conf.New(types.Map{
		nameAttributes: types.Map{attributeTime: types.TypeOf(time.Time{}), types.Extra: types.String},
		nameData:       types.Any,
	})
	c.MaxNodes = MaxNodes
	return c
}

const (
	nameAttributes = "attributes"
	nameData       = "data"
	attributeTime  = "time"
)

// maxMessage bounds what is said of a source, in bytes; it may quote it.
const maxMessage = 200

// refusal turns an error of the parser or the checker into ours.
func refusal(err error) *Error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &Error{Message: cut(err.Error(), maxMessage)}
	}
	message := strings.ReplaceAll(at.Message, "interface {}", "any")
	switch {
	case strings.HasPrefix(message, "unknown name"):
		message += "; the names are attributes and data"
	case strings.Contains(message, "maximum allowed nodes"):
		message = fmt.Sprintf("has more than %d names, values and operators", MaxNodes)
	}
	return &Error{Message: cut(message, maxMessage), Position: at.From + 1}
}

// cut shortens text to about limit bytes.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit] + "…"
}

// timeVisitor finds arithmetic with times, which the checker knows and this
// package does not.
type timeVisitor struct{ err *Error }

func (v *timeVisitor) Visit(n *ast.Node) {
	b, ok := (*n).(*ast.BinaryNode)
	if !ok || v.err != nil || b.Operator != "+" && b.Operator != "-" && b.Operator != "*" {
		return
	}
	if isTime(b.Left) || isTime(b.Right) {
		v.err = refuse(b, `cannot calculate with times; compare them, as in attributes.time > date("2026-01-31T00:00:00Z")`)
	}
}

func isTime(n ast.Node) bool { return n.Type() == reflect.TypeFor[time.Time]() }

func checkTimes(n ast.Node) error {
	v := &timeVisitor{}
	ast.Walk(&n, v)
	if v.err != nil {
		return v.err
	}
	return nil
}
