// Command alerts checks Prometheus' files as promtool does: the rules of
// alerts.yaml, with their templates, and the expressions of a Grafana dashboard. It is
// a module of its own, since Prometheus is no dependency of the gateway.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/template"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: alerts alerts.yaml dashboard.json")
		os.Exit(2)
	}
	rules, err := checkRules(os.Args[1])
	expressions, failed := checkDashboard(os.Args[2])
	if err := errors.Join(err, failed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d rules and %d expressions of the dashboard are well\n", rules, expressions)
}

// rules is the file of rules.
// See https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/.
type rules struct {
	Groups []struct {
		Name     string
		Interval string
		Rules    []struct {
			Alert, Expr, For    string
			KeepFiringFor       string `yaml:"keep_firing_for"`
			Labels, Annotations map[string]string
		}
	}
}

func checkRules(file string) (n int, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	var all rules
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	var errs []error
	for _, g := range all.Groups {
		for _, r := range g.Rules {
			n++
			_, failed := parser.ParseExpr(r.Expr)
			if failed == nil && r.For != "" {
				_, failed = model.ParseDuration(r.For)
			}
			for name, text := range r.Annotations {
				// As Prometheus does: the variables are there, and its functions.
				_, broken := template.New(name).Funcs(functions).Parse("{{$labels := .Labels}}{{$value := .Value}}" + text)
				failed = errors.Join(failed, broken)
			}
			if failed != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", file, r.Alert, failed))
			}
		}
	}
	if n == 0 {
		errs = append(errs, fmt.Errorf("%s: has no rules", file))
	}
	return n, errors.Join(errs...)
}

// functions are those of Prometheus' templates that the rules use.
var functions = template.FuncMap{"humanize": fmt.Sprint, "humanizeDuration": fmt.Sprint, "humanizePercentage": fmt.Sprint, "humanize1024": fmt.Sprint}

// checkDashboard parses every member "expr", whatever it is a member of. Grafana's
// own variables stand for durations.
func checkDashboard(file string) (n int, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	var dashboard any
	if err := json.Unmarshal(text, &dashboard); err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$__range", "1h")
	var errs []error
	walk(dashboard, func(expr string) {
		n++
		if _, err := parser.ParseExpr(variables.Replace(expr)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", file, expr, err))
		}
	})
	if n == 0 {
		errs = append(errs, fmt.Errorf("%s: has no expressions", file))
	}
	return n, errors.Join(errs...)
}

func walk(v any, found func(expr string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if expr, ok := member.(string); ok && name == "expr" {
				found(expr)
				continue
			}
			walk(member, found)
		}
	case []any:
		for _, item := range v {
			walk(item, found)
		}
	}
}
