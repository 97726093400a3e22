package cli

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func newStatistics() *cobra.Command {
	cmd := newResource("statistics", "See what was published and delivered over time",
		"Counts of the account, step by step, where there was anything to count; -o json has\nall steps. They are written every ten seconds.")
	cmd.Example = `  switchhook statistics
  switchhook statistics --from 24h --step 1h
  switchhook statistics --all -o json`
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		params, err := statisticsParams(cmd)
		if err != nil {
			return err
		}
		return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
			return s.GetStatistics(ctx, &params)
		}, showStatistics)
	}
	cmd.Flags().String("from", "", "the start, in RFC 3339, or how long ago, such as 24h (default 1h)")
	cmd.Flags().String("to", "", "the end, in the same forms (default now)")
	cmd.Flags().Duration("step", 0, "the time that a line is of, such as 5m (default: one that suits)")
	cmd.Flags().Bool("all", false, "the sums over all accounts, with an operator key")
	return cmd
}

func statisticsParams(cmd *cobra.Command) (params switchhook.GetStatisticsParams, err error) {
	if params.From, err = timeFlag(cmd, "from"); err != nil {
		return params, err
	}
	if params.To, err = timeFlag(cmd, "to"); err != nil {
		return params, err
	}
	if cmd.Flags().Changed("step") {
		step, _ := cmd.Flags().GetDuration("step")
		if step < time.Minute || step%time.Minute != 0 {
			return params, fmt.Errorf("--step: %s must be whole minutes", step)
		}
		seconds := int(step / time.Second)
		params.Step = &seconds
	}
	if all, _ := cmd.Flags().GetBool("all"); all {
		params.All = &all
	}
	return params, nil
}

func showStatistics(p *printer, s switchhook.Statistics) {
	p.row("TIME", "PUBLISHED", "REFUSED", "DELIVERED", "FAILED ATTEMPTS", "DEAD", "BACKLOG", "P50 MS", "P95 MS", "P99 MS")
	quiet := 0
	for _, n := range s.Items {
		if nothing(n) {
			quiet++
			continue
		}
		var l switchhook.LatencyQuantiles
		if n.LatencyMs != nil {
			l = *n.LatencyMs
		}
		p.row(n.Time, n.Published, n.Refused, n.Delivered, n.FailedAttempts, n.Dead, n.Backlog, ms(l.P50), ms(l.P95), ms(l.P99))
	}
	if quiet > 0 {
		p.line(fmt.Sprintf("In %d of %d steps of %s nothing happened.", quiet, len(s.Items), duration(float64(s.Step))))
	}
}

// nothing tells that in a step nothing happened and nothing waited.
func nothing(n switchhook.StatisticsItem) bool {
	return n.Published == 0 && n.Refused == 0 && n.Delivered == 0 && n.FailedAttempts == 0 && n.Dead == 0 && n.Backlog == 0
}
