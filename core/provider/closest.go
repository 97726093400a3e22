package provider

import (
	"slices"

	"github.com/switchhook/switchhook/plugins/sdk/manifestcheck"
)

// maxClosest is how many names an error offers.
const maxClosest = 3

// closest returns the known names that a mistyped one may have meant, best first.
func closest(name string, known []string) []string {
	if len(name) > manifestcheck.MaxNameLength {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	for _, k := range known {
		if d := distance(name, k); d <= max(2, len(k)/3) {
			found = append(found, candidate{k, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var out []string
	for _, c := range found[:min(len(found), maxClosest)] {
		out = append(out, c.name)
	}
	return out
}

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
