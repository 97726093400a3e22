package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/switchhook/switchhook/cmd/internal/machine"
	"github.com/switchhook/switchhook/cmd/internal/payload"
	"github.com/switchhook/switchhook/cmd/internal/stats"
)

// report is all that was measured.
type report struct {
	Machine     machine.Machine `json:"machine"`
	Connections int             `json:"connections"`
	EventBytes  int             `json:"event_bytes"`
	Cases       []*caseReport   `json:"cases"`
}

// caseReport is the runs of one case.
type caseReport struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Summary is of the values that the runs measured, by their names in JSON.
	Summary map[string]stats.Spread `json:"summary"`
	Runs    []*result               `json:"runs"`
	// Failures are why runs gave no result.
	Failures []string `json:"failures,omitempty"`
}

func (b *bench) newReport(ctx context.Context) (*report, error) {
	m, err := machine.New(ctx, b.binary, b.data, b.databases.About)
	return &report{Machine: m, Connections: connections, EventBytes: payload.Size}, err
}

func (r *report) of(c benchCase) *caseReport {
	for _, have := range r.Cases {
		if have.Name == c.name {
			return have
		}
	}
	made := &caseReport{Name: c.name, About: c.about}
	r.Cases = append(r.Cases, made)
	return made
}

func (r *report) add(c benchCase, res *result) {
	have := r.of(c)
	have.Runs = append(have.Runs, res)
	have.summarise()
}

func (r *report) fail(c benchCase, err error) {
	have := r.of(c)
	have.Failures = append(have.Failures, err.Error())
}

func (c *caseReport) summarise() {
	c.Summary = map[string]stats.Spread{}
	for name := range c.Runs[0].values() {
		var values []float64
		for _, run := range c.Runs {
			values = append(values, run.values()[name])
		}
		c.Summary[name] = stats.Over(values)
	}
}

// values are a result's figures, by the names that they have in JSON.
func (r *result) values() map[string]float64 {
	out := map[string]float64{
		"delivered_per_second": r.PerSecond, "ratio_to_ceiling": r.Ratio, ratioToPlain: r.RatioToPlain, cpuToPlain: r.CPUToPlain,
		"gateway_cpu_s_per_1000": r.GatewayCPU, "postgres_cpu_s_per_1000": r.PostgresCPU,
		"p50_ms": r.P50, "p99_ms": r.P99, "peak_mib": r.PeakMiB, "other_cpu_s": r.OtherCPU,
	}
	for name, value := range r.Values {
		out[name] = value
	}
	return out
}

// Verdict is an error where a run failed or an accepted event was lost.
func (r *report) Verdict() error {
	var errs []error
	for _, c := range r.Cases {
		for _, f := range c.Failures {
			errs = append(errs, fmt.Errorf("%s: %s", c.Name, f))
		}
		if n := c.lost(); n > 0 {
			errs = append(errs, fmt.Errorf("%s: %d deliveries of accepted events did not arrive", c.Name, n))
		}
	}
	return errors.Join(errs...)
}

func (c *caseReport) lost() (n int) {
	for _, run := range c.Runs {
		n += run.Lost
	}
	return n
}

func (c *caseReport) duplicates() (n int64) {
	for _, run := range c.Runs {
		n += run.Duplicates
	}
	return n
}
