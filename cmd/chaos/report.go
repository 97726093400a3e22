package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/switchhook/switchhook/cmd/internal/machine"
)

// report is all that was found.
type report struct {
	Seed    uint64          `json:"seed"`
	Short   bool            `json:"short"`
	Machine machine.Machine `json:"machine"`
	Results []*result       `json:"results"`
}

// result is what one run of a case found.
type result struct {
	Case    string `json:"case"`
	Promise string `json:"promise"`
	Store   string `json:"store,omitempty"`
	// Faults is how often something was broken.
	Faults int `json:"faults"`
	// Acknowledged events were answered with 202.
	Acknowledged int64 `json:"acknowledged"`
	// Unanswered publishes are those whose answer was lost: they may have been
	// accepted. Refused ones got a clear 503. Both count requests, not events.
	Unanswered int64 `json:"unanswered"`
	Refused    int64 `json:"refused"`
	// Expected deliveries are those of acknowledged events.
	Expected int64 `json:"expected"`
	// Lost ones of them did not arrive, and Duplicates arrived again.
	Lost       int   `json:"lost"`
	Duplicates int64 `json:"duplicates"`
	// Recovery is the longest from a fault, in seconds; see [faults.longest].
	Recovery float64 `json:"longest_recovery_s"`
	Seconds  float64 `json:"seconds"`
	// Values are the case's own.
	Values map[string]float64 `json:"values,omitempty"`
	Notes  []string           `json:"notes,omitempty"`
	// Broken promises, beside what was lost.
	Broken []string `json:"broken,omitempty"`
	// Skipped is why the case was not run; "" if it was.
	Skipped string `json:"skipped,omitempty"`
}

func (c *chaos) newReport(ctx context.Context) (*report, error) {
	var about []string
	for _, s := range c.stores {
		about = append(about, s.About)
	}
	m, err := machine.New(ctx, c.binary, c.data, strings.Join(about, "; "))
	return &report{Seed: c.seed, Short: c.short, Machine: m}, err
}

// verdict in a word.
func (r *result) verdict() string {
	switch {
	case r.Skipped != "":
		return "skipped"
	case r.Lost > 0:
		return "LOST"
	case len(r.Broken) > 0:
		return "BROKEN"
	default:
		return "kept"
	}
}

// String is a result in one line.
func (r *result) String() string {
	if r.Skipped != "" {
		return r.Skipped
	}
	return fmt.Sprintf("%s: %d faults, %d events acknowledged, %d deliveries expected, %d lost, %d duplicates, longest recovery %.1f s; took %.0f s",
		r.verdict(), r.Faults, r.Acknowledged, r.Expected, r.Lost, r.Duplicates, r.Recovery, r.Seconds)
}

// Print writes the table, and lines for what stands in no column.
func (r *report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nseed %d\n\n", r.Machine, r.Seed)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "case\tstore\tfaults\tevents acknowledged\tdeliveries expected\tlost\tduplicates\tlongest recovery\tverdict")
	for _, res := range r.Results {
		if res.Skipped != "" {
			_, _ = fmt.Fprintf(t, "%s\t%s\t-\t-\t-\t-\t-\t-\t%s\n", res.Case, dash(res.Store), res.verdict())
			continue
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%.1f s\t%s\n", res.Case, res.Store, res.Faults,
			res.Acknowledged, res.Expected, res.Lost, res.Duplicates, res.Recovery, res.verdict())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	b.WriteByte('\n')
	for _, res := range r.Results {
		res.printNotes(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *result) printNotes(b *strings.Builder) {
	title := strings.TrimSuffix(r.Case+"/"+r.Store, "/")
	fmt.Fprintf(b, "%s: %s\n", title, r.Promise)
	if r.Skipped != "" {
		fmt.Fprintf(b, "  skipped: %s\n", strings.TrimPrefix(r.Skipped, "skipped: "))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(b, "  %s\n", n)
	}
	for _, n := range r.Broken {
		fmt.Fprintf(b, "  BROKEN: %s\n", n)
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Verdict is an error where something was lost or a promise broken.
func (r *report) Verdict() error {
	var errs []error
	for _, res := range r.Results {
		if res.Lost > 0 {
			errs = append(errs, fmt.Errorf("%s on %s: %d deliveries of acknowledged events did not arrive", res.Case, res.Store, res.Lost))
		}
		for _, b := range res.Broken {
			errs = append(errs, fmt.Errorf("%s on %s: %s", res.Case, res.Store, b))
		}
	}
	if len(errs) > 0 {
		errs = append(errs, fmt.Errorf("repeat it with --seed %d", r.Seed))
	}
	return errors.Join(errs...)
}
