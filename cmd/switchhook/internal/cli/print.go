package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"
)

// printer writes tables. The first error ends it.
type printer struct {
	tab  *tabwriter.Writer
	out  io.Writer
	hint io.Writer
	err  error
}

func newPrinter(cmd *cobra.Command) *printer {
	return &printer{tab: tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0), out: cmd.OutOrStdout(), hint: cmd.ErrOrStderr()}
}

// row writes the cells of a line; those without a value have a dash, or the columns
// of lines would not be the same.
func (p *printer) row(cells ...any) {
	text := make([]string, len(cells))
	for i, c := range cells {
		if text[i] = cell(c); text[i] == "" {
			text[i] = "-"
		}
	}
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.tab, strings.Join(text, "\t"))
	}
}

// line writes text that is no part of a table.
func (p *printer) line(text string) {
	if p.err == nil {
		p.err = p.tab.Flush()
	}
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.out, cell(text))
	}
}

// field writes a name and a value, if there is one.
func (p *printer) field(name string, v any) {
	if text := cell(v); text != "" {
		p.row(name, text)
	}
}

// more tells on standard error how to get the next page.
func (p *printer) more(cursor *string) {
	if cursor != nil && p.err == nil {
		p.err = p.tab.Flush()
		_, _ = fmt.Fprintf(p.hint, "There are more; add --cursor %s\n", *cursor)
	}
}

func (p *printer) flush() error {
	if p.err != nil {
		return p.err
	}
	return p.tab.Flush()
}

// cell writes a value in one line. What came from outside must not move the
// terminal's cursor.
func cell(v any) string {
	var text string
	switch v := v.(type) {
	case *string:
		if v != nil {
			text = *v
		}
	case time.Time:
		text = v.UTC().Format(time.RFC3339)
	case *time.Time:
		if v != nil {
			text = v.UTC().Format(time.RFC3339)
		}
	case *int:
		if v != nil {
			text = strconv.Itoa(*v)
		}
	case *float64:
		if v != nil {
			text = strconv.FormatFloat(*v, 'f', -1, 64)
		}
	case *bool:
		if v != nil {
			text = cell(*v)
		}
	case []string:
		text = strings.Join(v, ",")
	case bool:
		text = map[bool]string{true: "yes", false: "no"}[v]
	default:
		text = fmt.Sprint(v)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
