// Package doctor examines what a gateway needs, and a gateway that runs, and says
// of each thing whether it is well and what to do about it.
package doctor

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// State is how well something is.
type State string

// The states, from good to bad. Only StateFail keeps a gateway from its work.
const (
	StateOK   State = "ok"
	StateWarn State = "warn"
	StateFail State = "fail"
)

// Finding is what was found about one thing.
type Finding struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// Detail is what was found.
	Detail string `json:"detail"`
	// Remedy is what to do about it; "" where it is well.
	Remedy string `json:"remedy,omitempty"`
}

// Report is all that was found, in the order in which it was looked at.
type Report []Finding

func (r *Report) ok(name, format string, args ...any) {
	*r = append(*r, Finding{Name: name, State: StateOK, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) warn(name, detail, remedy string) {
	*r = append(*r, Finding{name, StateWarn, detail, remedy})
}

func (r *Report) fail(name, detail, remedy string) {
	*r = append(*r, Finding{name, StateFail, detail, remedy})
}

// Failed counts what keeps a gateway from its work.
func (r Report) Failed() (n int) {
	for _, f := range r {
		if f.State == StateFail {
			n++
		}
	}
	return n
}

// Write writes a line for each finding, and one for its remedy.
func (r Report) Write(w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r {
		if _, err := fmt.Fprintf(tab, "%s\t%s\t%s\n", f.State, f.Name, line(f.Detail)); err != nil {
			return err
		}
		if f.Remedy == "" {
			continue
		}
		if _, err := fmt.Fprintf(tab, "\t\tremedy: %s\n", line(f.Remedy)); err != nil {
			return err
		}
	}
	return tab.Flush()
}

// line is text on one line; errors may have several, and come from outside.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
