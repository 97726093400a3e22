package apply

import (
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxNodes bounds a file's values, aliases counted as often as they are used.
	maxNodes = 200_000
	maxDepth = 50
	// maxExact bounds the integers that a float64 holds exactly.
	maxExact = 1 << 53
)

// Problem is what is wrong with a line of a file.
type Problem struct {
	Line int
	// Field is where it stands, such as subscriptions[0].url; "" is the file.
	Field   string
	Message string
}

// problems are an error of several lines.
type problems struct {
	file string
	list []Problem
}

// Error implements error: a line each.
func (p *problems) Error() string {
	lines := make([]string, len(p.list))
	for i, one := range p.list {
		if one.Field != "" {
			one.Field += ": "
		}
		lines[i] = fmt.Sprintf("%s:%d: %s%s", p.file, one.Line, one.Field, one.Message)
	}
	return strings.Join(lines, "\n")
}

// reader turns YAML into JSON values and remembers the line of each.
type reader struct {
	lines    map[string]int // by JSON pointer
	raw      map[string]string
	problems []Problem
	nodes    int
	env      func(string) (string, bool)
}

// document reads the only document of a file.
func (r *reader) document(text []byte) (any, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, yamlError(err)
	}
	if len(doc.Content) == 0 {
		return nil, &lineError{1, "the file is empty; state subscriptions: []"}
	}
	return r.value(doc.Content[0], "", 0), nil
}

func (r *reader) fail(n *yaml.Node, pointer, message string) {
	r.problems = append(r.problems, Problem{n.Line, field(pointer), message})
}

func (r *reader) value(n *yaml.Node, pointer string, depth int) any {
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		if r.nodes != maxNodes+2 { // told once
			r.fail(n, pointer, "the file is too large or too deep")
		}
		r.nodes = maxNodes + 1
		return nil
	}
	if r.lines[pointer] == 0 {
		r.lines[pointer] = n.Line
	}
	switch n.Kind {
	case yaml.AliasNode:
		return r.value(n.Alias, pointer, depth+1)
	case yaml.MappingNode:
		return r.mapping(n, pointer, depth)
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, item := range n.Content {
			out[i] = r.value(item, pointer+"/"+strconv.Itoa(i), depth+1)
		}
		return out
	default:
		return r.scalar(n, pointer)
	}
}

func (r *reader) mapping(n *yaml.Node, pointer string, depth int) any {
	out := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		at := pointer + "/" + escape.Replace(name.Value)
		switch _, twice := out[name.Value]; {
		case name.Kind != yaml.ScalarNode:
			r.fail(name, pointer, "a member's name must be a word")
			continue
		case twice:
			r.fail(name, at, "is stated twice")
			continue
		}
		r.lines[at] = name.Line
		out[name.Value] = r.value(n.Content[i+1], at, depth+1)
	}
	return out
}

func (r *reader) scalar(n *yaml.Node, pointer string) any {
	switch n.ShortTag() {
	case "!!str", "!!timestamp", "!!binary":
		r.raw[pointer] = n.Value
		return r.expand(n, pointer)
	case "!!null":
		return nil
	case "!!bool":
		var v bool
		if err := n.Decode(&v); err == nil {
			return v
		}
	case "!!int", "!!float":
		var v float64
		if err := n.Decode(&v); err == nil {
			if n.ShortTag() == "!!int" && math.Abs(v) >= maxExact {
				r.fail(n, pointer, "is too large a number to be kept exactly; write it as a text, in quotes")
			}
			return v
		}
	}
	r.fail(n, pointer, "cannot be read as a JSON value")
	return nil
}

// references are ${NAME}; $${NAME} stands for itself.
var references = regexp.MustCompile(`\$?\$\{([^}]*)\}`)

// expand puts variables of the environment in place. A value is never repeated in
// a message: it may be a secret.
func (r *reader) expand(n *yaml.Node, pointer string) string {
	return references.ReplaceAllStringFunc(n.Value, func(ref string) string {
		if strings.HasPrefix(ref, "$$") {
			return ref[1:]
		}
		name := ref[2 : len(ref)-1]
		v, ok := r.env(name)
		if !ok {
			r.fail(n, pointer, "the environment has no variable "+name+"; set it, or write $${"+name+"} for the text itself")
			return ref
		}
		return v
	})
}

// lookupEnv is the process's environment.
func lookupEnv(name string) (string, bool) { return os.LookupEnv(name) }

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// field writes a JSON pointer as people do: subscriptions[0].url.
func field(pointer string) string {
	var b strings.Builder
	for i, token := range strings.Split(pointer, "/") {
		if i == 0 {
			continue
		}
		if _, err := strconv.Atoi(token); err == nil {
			b.WriteString("[" + token + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(unescape.Replace(token))
	}
	return b.String()
}

// lineError is what is wrong with a line.
type lineError struct {
	line    int
	message string
}

// Error implements error.
func (e *lineError) Error() string { return e.message }

var yamlLine = regexp.MustCompile(`^yaml: line ([0-9]+): `)

// yamlError is a syntax error with its line.
func yamlError(err error) error {
	text := err.Error()
	m := yamlLine.FindStringSubmatch(text)
	if m == nil {
		return &lineError{1, "is not YAML: " + strings.TrimPrefix(text, "yaml: ")}
	}
	line, convErr := strconv.Atoi(m[1])
	if convErr != nil {
		return errors.Join(err, convErr)
	}
	return &lineError{line, "is not YAML: " + text[len(m[0]):]}
}
