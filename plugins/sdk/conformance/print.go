package conformance

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const row = "%-12s %-8s %6s %8s  %s\n"

// WriteHeading writes the heading of the table whose rows [Result.WriteRow] writes.
func WriteHeading(w io.Writer) error {
	_, err := fmt.Fprintf(w, row, "CHECK", "RESULT", "CASES", "TIME", "WHAT HOLDS")
	return err
}

// WriteRow writes the result as a row of a table.
func (r Result) WriteRow(w io.Writer) error {
	about, cases, took := r.About, fmt.Sprint(r.Cases), r.Took.Round(time.Millisecond).String()
	if r.Skipped != "" {
		about, cases, took = r.Skipped, "-", "-"
	}
	_, err := fmt.Fprintf(w, row, r.Name, r.verdict(), cases, took, about)
	return err
}

func (r Result) verdict() string {
	switch {
	case len(r.Findings) > 0:
		return "FAILED"
	case r.Skipped != "":
		return "skipped"
	default:
		return "ok"
	}
}

// WriteFindings writes every finding with its remedy, and the notes.
func (r *Report) WriteFindings(w io.Writer) error {
	var b strings.Builder
	for _, result := range r.Results {
		for _, f := range result.Findings {
			fmt.Fprintf(&b, "\n%s: %s\n    %s\n    Remedy: %s\n", result.Name, f.Subject, indented(f.Problem), indented(f.Remedy))
		}
	}
	for _, result := range r.Results {
		for _, note := range result.Notes {
			fmt.Fprintf(&b, "\nNote on %s: %s\n", result.Name, note)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") }
