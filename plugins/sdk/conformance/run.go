package conformance

import "testing"

// Run checks the adapter in a test, one subtest a check. A finding fails its
// subtest, and a check that could not be made is skipped.
func Run(t *testing.T, o Options) {
	t.Helper()
	report, err := Check(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range report.Results {
		t.Run(result.Name, func(t *testing.T) {
			for _, f := range result.Findings {
				t.Error(f)
			}
			for _, note := range result.Notes {
				t.Log(note)
			}
			if result.Skipped != "" {
				t.Skip(result.Skipped)
			}
		})
	}
}
