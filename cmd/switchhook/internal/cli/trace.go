package cli

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func newTrace() *cobra.Command {
	return newResource("trace", "See recorded traces",
		"Traces of sampled events are recorded and kept for a while. Deliveries and events\nhave a trace whether or not: see delivery trace and event trace.",
		newTraceList(), newTraceGet())
}

func newTraceList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List recorded traces, those of late first",
		Example: `  switchhook trace list --since 1h
  switchhook trace list --errors`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			params, err := traceParams(cmd)
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListTraces(ctx, &params)
			}, showTraces)
		},
	}
	cmd.Flags().String("since", "", "only traces that began at this time or later, in RFC 3339, or how long ago, such as 1h")
	cmd.Flags().String("until", "", "only traces that began before this time, in the same forms")
	cmd.Flags().Bool("errors", false, "only traces in which something failed")
	addPageFlags(cmd)
	return cmd
}

func traceParams(cmd *cobra.Command) (params switchhook.ListTracesParams, err error) {
	params.Limit, params.Cursor = pageFlags(cmd)
	if failed, _ := cmd.Flags().GetBool("errors"); failed {
		params.Errors = &failed
	}
	if params.Since, err = timeFlag(cmd, "since"); err != nil {
		return params, err
	}
	params.Until, err = timeFlag(cmd, "until")
	return params, err
}

func showTraces(p *printer, list switchhook.TraceList) {
	p.row("TRACE", "NAME", "STARTED", "MS", "SPANS", "ERRORS", "SERVICES", "EVENT")
	for _, t := range list.Items {
		event := ""
		if t.EventID != nil {
			event = t.EventID.String()
		}
		p.row(t.TraceID, t.Name, t.StartTime, ms(t.DurationMs), t.Spans, t.Errors, t.Services, event)
	}
	p.more(list.NextCursor)
}

func newTraceGet() *cobra.Command {
	return &cobra.Command{
		Use:     "get TRACE",
		Short:   "Show a recorded trace, span by span",
		Example: "  switchhook trace get 4bf92f3577b34da6a3ce929d0e0e4736",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.GetTrace(ctx, args[0])
			}, showTrace)
		},
	}
}
