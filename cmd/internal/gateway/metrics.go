package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Counts reads one counter of /metrics: what it has counted until now, by the
// values of a label. A counter that has counted nothing yet is empty.
func (g *Gateway) Counts(ctx context.Context, counter, label string) (map[string]float64, error) {
	text, err := g.send(ctx, http.MethodGet, "/metrics", "", nil, http.StatusOK)
	if err != nil {
		return nil, err
	}
	return counts(string(text), counter, label)
}

// counts reads lines such as name{label="value",other="x"} 12, as in
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format.
// Values of labels that hold a quote or a brace are not looked for.
func counts(text, counter, label string) (map[string]float64, error) {
	out := map[string]float64{}
	for line := range strings.Lines(text) {
		series, found := strings.CutPrefix(line, counter+"{")
		if !found {
			continue
		}
		labels, number, _ := strings.Cut(series, "}")
		_, value, found := strings.Cut(","+labels, ","+label+`="`)
		if !found {
			continue
		}
		value, _, _ = strings.Cut(value, `"`)
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil {
			return nil, fmt.Errorf("the gateway's metric %s is not understood: %w", counter, err)
		}
		out[value] += n
	}
	return out, nil
}
