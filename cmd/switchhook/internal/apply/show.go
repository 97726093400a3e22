package apply

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Write shows a plan to the one who is to agree to it.
func (p *Plan) Write(w io.Writer) error {
	var b strings.Builder
	count := map[Kind]int{}
	for i := range p.Changes {
		c := &p.Changes[i]
		count[c.Kind]++
		fmt.Fprintf(&b, "%s %s\n", c.Kind, Line(c.Of.String()))
		tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, f := range c.Fields {
			change := f.To
			if f.From != "" {
				change = f.From + " -> " + f.To
			}
			if _, err := fmt.Fprintf(tab, "    %s\t%s\n", f.Name, Line(change)); err != nil {
				return err
			}
		}
		if err := tab.Flush(); err != nil {
			return err
		}
	}
	if len(p.Changes) == 0 {
		fmt.Fprintf(&b, "Nothing to change: %d as declared", p.Same)
	} else {
		fmt.Fprintf(&b, "Plan: %d to create, %d to change, %d to delete, %d as declared",
			count[Create], count[Update], count[Delete], p.Same)
	}
	if p.Others > 0 {
		fmt.Fprintf(&b, ", %d not named in the file (--prune deletes them)", p.Others)
	}
	b.WriteString(".\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// show writes a value on a line.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case string:
		return v
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = show(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		text, err := jsondata.Marshal(v)
		if err != nil {
			return "?"
		}
		return string(text)
	}
}

// show writes a declared value with references as they stand in the file: what
// they stand for may be a secret.
func (f *File) show(pointer string, v any) string { return show(f.unexpanded(pointer, v)) }

func (f *File) unexpanded(pointer string, v any) any {
	switch v := v.(type) {
	case string:
		if raw, ok := f.reader.raw[pointer]; ok {
			return raw
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = f.unexpanded(pointer+"/"+escape.Replace(name), member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = f.unexpanded(fmt.Sprintf("%s/%d", pointer, i), item)
		}
		return out
	default:
		return v
	}
}

// Line keeps what came from outside from moving the terminal's cursor.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
