package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

type alertRule struct {
	Alert, Expr string
	Labels      map[string]string
	Annotations map[string]string
}

func alertRules(t *testing.T, root string) (out []alertRule) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deployments/prometheus/alerts.yaml"))
	require.NoError(t, err)
	var file struct{ Groups []struct{ Rules []alertRule } }
	require.NoError(t, yaml.Unmarshal(text, &file))
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	require.NotEmpty(t, out)
	return out
}

// expressions finds the members "expr" of a dashboard.
func expressions(v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if expr, ok := member.(string); ok && (name == "expr" || name == "definition") {
				out = append(out, expr)
			}
			out = append(out, expressions(member)...)
		}
	case []any:
		for _, item := range v {
			out = append(out, expressions(item)...)
		}
	}
	return out
}

// metricName is a name of ours or of the process, as Prometheus has it.
var (
	metricName = regexp.MustCompile(`\b(?:switchhook|db_client|http_server|process|go)_[a-z_]+\b`)
	selector   = regexp.MustCompile(`\b((?:switchhook|db_client|http_server)_[a-z_]+)\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"`)
	// added are labels that a scrape adds.
	added = map[string]bool{"job": true, "instance": true, "le": true}
)

// requireKnown checks that an expression names metrics and labels that there are.
func requireKnown(t *testing.T, expr string) {
	t.Helper()
	metrics := map[string]*instrument.Definition{}
	labels := map[string]bool{}
	for _, d := range instrument.All() {
		names := []string{d.PrometheusName()}
		if d.Kind == instrument.Histogram {
			names = []string{d.PrometheusName() + "_bucket", d.PrometheusName() + "_sum", d.PrometheusName() + "_count"}
		}
		for _, name := range names {
			metrics[name] = d
		}
		for i := range d.Attributes {
			labels[d.Attributes[i].PrometheusLabel()] = true
		}
	}
	for _, name := range metricName.FindAllString(expr, -1) {
		if !labels[name] && !strings.HasPrefix(name, "process_") && !strings.HasPrefix(name, "go_") {
			require.Contains(t, metrics, name, expr)
		}
	}
	for _, s := range selector.FindAllStringSubmatch(expr, -1) {
		for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
			if !added[m[1]] {
				requireMatches(t, metrics[s[1]], m[1], m[2], expr)
			}
		}
	}
}

// requireMatches checks a label and, unless it is a pattern, its value.
func requireMatches(t *testing.T, d *instrument.Definition, label, value, expr string) {
	t.Helper()
	require.NotNil(t, d, expr)
	for _, a := range d.Attributes {
		if a.PrometheusLabel() == label {
			if a.Values != nil && regexp.QuoteMeta(value) == value && value != "" && !strings.HasPrefix(value, "$") {
				require.Contains(t, a.Values, value, expr)
			}
			return
		}
	}
	require.Fail(t, "no such label", "%s has no label %s: %s", d.PrometheusName(), label, expr)
}

// Alerts and dashboard name metrics and labels that there are, and every alert leads
// to what is to be done.
func TestAlertsAndDashboardKnowTheMetrics(t *testing.T) {
	t.Parallel()
	root, err := repository()
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join(root, observabilityPage))
	require.NoError(t, err)
	for _, r := range alertRules(t, root) {
		requireKnown(t, r.Expr)
		require.Contains(t, string(page), "\n### "+r.Alert+"\n", "the page says nothing of it")
		require.True(t, strings.HasSuffix(r.Annotations["runbook_url"], "/docs/observability.md#"+strings.ToLower(r.Alert)), r.Alert)
		require.Contains(t, []string{"critical", "warning", "info"}, r.Labels["severity"], r.Alert)
	}
	text, err := os.ReadFile(filepath.Join(root, "deployments/grafana/switchhook.json"))
	require.NoError(t, err)
	var dashboard any
	require.NoError(t, json.Unmarshal(text, &dashboard))
	all := expressions(dashboard)
	require.NotEmpty(t, all)
	shown := strings.Join(all, "\n")
	for _, expr := range all {
		requireKnown(t, expr)
	}
	for _, d := range instrument.All() {
		switch d {
		case instrument.StoreFree, instrument.StoreOldest, instrument.RenderSize, instrument.OperationalEvents, instrument.OperationalDropped:
		default:
			require.Contains(t, shown, d.PrometheusName(), "the dashboard does not show it")
		}
	}
}

// The page of operations names metrics that there are.
func TestOperationsKnowTheMetrics(t *testing.T) {
	t.Parallel()
	root, err := repository()
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join(root, "docs/operations.md"))
	require.NoError(t, err)
	known := map[string]bool{}
	for _, d := range instrument.All() {
		known[d.PrometheusName()] = true
	}
	for _, name := range regexp.MustCompile("`(switchhook_[a-z_]+)[`{]").FindAllStringSubmatch(string(page), -1) {
		require.True(t, known[name[1]], name[1])
	}
}
