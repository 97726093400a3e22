package gateway

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Counts reads one counter of /metrics: what it has counted until now, by the
// values of a label. A counter that has counted nothing yet is empty.
func (g *Gateway) Counts(ctx context.Context, counter, label string) (map[string]float64, error) {
	text, err := g.send(ctx, http.MethodGet, "/metrics", "", nil, http.StatusOK)
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the gateway's metrics are not understood: %w", err)
	}
	out := map[string]float64{}
	for _, series := range families[counter].GetMetric() {
		for _, pair := range series.GetLabel() {
			if pair.GetName() == label {
				out[pair.GetValue()] += series.GetCounter().GetValue()
			}
		}
	}
	return out, nil
}
