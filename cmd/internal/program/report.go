package program

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Report is what the runs found. It is written as JSON, too.
type Report interface {
	// Print writes it for a reader.
	Print(out io.Writer) error
	// Verdict is an error where something is not as it must be.
	Verdict() error
}

// Conclude prints a report, writes it to a file unless that is "", and returns its
// verdict.
func Conclude(r Report, out io.Writer, file string) error {
	if err := r.Print(out); err != nil {
		return err
	}
	if file == "" {
		return r.Verdict()
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return r.Verdict()
}
