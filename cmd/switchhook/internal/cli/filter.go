package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

func newFilter() *cobra.Command {
	return newResource("filter", "Try event filters", "Event filters choose events by their attributes and data, for subscriptions.", newFilterExplain())
}

func newFilterExplain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Tell what filters make of an event, clause by clause",
		Long: `Tell whether filters let an event through, and which clauses do not match and why.
Nothing is published. The filters are given, or those of a subscription; the event is
given, or one that was published. The exit code is 0 whether they match or not.`,
		Example: `  switchhook filter explain --filter '{"expr":"data.total > 100"}' --event event.json
  switchhook filter explain -f filters.json --event-id 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10
  generate-event | switchhook filter explain --subscription 019aa5d2-1b2c-7d3e-8f40-1a2b3c4d5e6f --event -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body, err := explainBody(cmd)
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				text, err := jsonBody(body)
				if err != nil {
					return nil, err
				}
				return s.ExplainFiltersWithBody(ctx, typeShort, text)
			}, showExplanation)
		},
	}
	f := cmd.Flags()
	f.StringP("file", "f", "", "JSON file with the filters; - is standard input")
	addFilterFlag(f)
	f.String("subscription", "", "the subscription whose filters are meant")
	f.String("event", "", "JSON file with the event, in the short form or a CloudEvent; - is standard input")
	f.String("event-id", "", "the event that was published")
	cmd.MarkFlagsMutuallyExclusive("file", "filter", "subscription")
	cmd.MarkFlagsOneRequired("file", "filter", "subscription")
	cmd.MarkFlagsMutuallyExclusive("event", "event-id")
	cmd.MarkFlagsOneRequired("event", "event-id")
	completeFlag(cmd, "subscription", subscriptionIDs)
	completeFlag(cmd, "event-id", eventIDs)
	return cmd
}

func explainBody(cmd *cobra.Command) (body switchhook.ExplainFilters, err error) {
	if body.SubscriptionID, err = idFlag(cmd, "subscription", "a subscription"); err != nil {
		return body, err
	}
	if body.EventID, err = idFlag(cmd, "event-id", "an event"); err != nil {
		return body, err
	}
	if body.Filters, err = filterFlag(cmd); err != nil {
		return body, err
	}
	if cmd.Flags().Changed("file") {
		if body.Filters, err = jsonFile(cmd, "file"); err != nil {
			return body, err
		}
		list, err := filterList("file", *body.Filters)
		if err != nil {
			return body, err
		}
		body.Filters = joined(list)
	}
	if cmd.Flags().Changed("event") {
		if body.Event, err = jsonFile(cmd, "event"); err != nil {
			return body, err
		}
	}
	return body, nil
}

// jsonFile reads the JSON file that a flag names.
func jsonFile(cmd *cobra.Command, flag string) (*json.RawMessage, error) {
	content, err := fileInput(cmd, flag)
	if err != nil {
		return nil, err
	}
	return jsonText(flag, content)
}

func jsonText(flag string, text []byte) (*json.RawMessage, error) {
	if text = bytes.TrimSpace(text); !jsondata.Valid(text) {
		return nil, errors.New("--" + flag + ": must be JSON")
	}
	raw := json.RawMessage(text)
	return &raw, nil
}

func showExplanation(p *printer, e switchhook.FilterExplanation) {
	switch {
	case e.Matched:
		p.line("match")
	case e.FirstFailing != nil:
		p.line("no match: " + *e.FirstFailing)
	default:
		p.line("no match")
	}
	if len(e.Clauses) == 0 {
		return
	}
	p.row()
	p.row("CLAUSE", "MATCHES", "REASON")
	showClauses(p, e.Clauses, 0)
}

func showClauses(p *printer, clauses []switchhook.FilterClause, depth int) {
	for i := range clauses {
		c := &clauses[i]
		p.row(strings.Repeat("  ", depth)+c.Path, c.Matched, c.Reason)
		if c.Clauses != nil {
			showClauses(p, *c.Clauses, depth+1)
		}
	}
}
