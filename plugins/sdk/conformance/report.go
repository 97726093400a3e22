package conformance

import (
	"fmt"
	"time"
)

// Report is what the checks found, in their order.
type Report struct {
	// Provider and Version are those of the manifest; "" if there was none.
	Provider, Version string
	Results           []Result
}

// OK tells whether nothing was found.
func (r *Report) OK() bool {
	for _, result := range r.Results {
		if len(result.Findings) > 0 {
			return false
		}
	}
	return true
}

// Result returns the result of a check by its name; nil if there is none.
func (r *Report) Result(name string) *Result {
	for i := range r.Results {
		if r.Results[i].Name == name {
			return &r.Results[i]
		}
	}
	return nil
}

// Result is what one check found.
type Result struct {
	// Name of the check, one word.
	Name string
	// About says what holds where the check passes.
	About string
	// Cases is how many calls or values were looked at.
	Cases int
	// Findings are what is wrong; none where the check passed.
	Findings []Finding
	// Skipped is why the check was not made; "" where it was.
	Skipped string
	// Notes are what could not be looked at, and why. They are no fault.
	Notes []string
	Took  time.Duration
}

// Finding is one thing that is wrong.
type Finding struct {
	// Subject is the operation, event type or manifest field at fault.
	Subject string
	// Problem is what is wrong.
	Problem string
	// Remedy is what would be right.
	Remedy string
}

// String is the finding on one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s; %s", f.Subject, f.Problem, f.Remedy)
}

// maxFindings of one check; a broken adapter would repeat itself without end.
const maxFindings = 50

// recorder collects the result of the check that runs.
type recorder struct {
	result Result
	seen   map[string]bool
}

func newRecorder(c check) *recorder {
	return &recorder{result: Result{Name: c.name, About: c.about}, seen: map[string]bool{}}
}

// cases counts n more cases.
func (r *recorder) cases(n int) { r.result.Cases += n }

// add records a finding, once.
func (r *recorder) add(subject, remedy, problem string, args ...any) {
	f := Finding{Subject: subject, Problem: fmt.Sprintf(problem, args...), Remedy: remedy}
	key := f.String()
	if r.seen[key] || len(r.result.Findings) == maxFindings {
		return
	}
	r.seen[key] = true
	r.result.Findings = append(r.result.Findings, f)
}

// skip says why the check was not made.
func (r *recorder) skip(reason string, args ...any) { r.result.Skipped = fmt.Sprintf(reason, args...) }

// note says what could not be looked at.
func (r *recorder) note(text string, args ...any) {
	note := fmt.Sprintf(text, args...)
	if !r.seen[note] {
		r.seen[note] = true
		r.result.Notes = append(r.result.Notes, note)
	}
}
