package cli

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

var replays = &item[switchhook.Replay]{"replay", "a replay", replayIDs, showReplay}

func newReplay() *cobra.Command {
	return newResource("replay", "Deliver stored events again", "A replay is a job that makes deliveries of stored events again.",
		newReplayCreate(), newReplayList(),
		replays.command("get", "Show how far a replay is", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.GetReplay(ctx, id)
		}),
		replays.command("pause", "Let a replay wait", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.PauseReplay(ctx, id)
		}),
		replays.command("resume", "Let a replay go on", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.ResumeReplay(ctx, id)
		}),
		replays.command("cancel", "End a replay; deliveries that it has made stay", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.CancelReplay(ctx, id)
		}))
}

func newReplayCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create --from TIME --statuses failed|all|never_sent",
		Short: "Start a replay, or count what it would make",
		Long:  "Start a replay of the events of a time, or count with --dry-run what it would make.",
		Example: `  switchhook replay create --from 2026-11-21T09:00:00Z --statuses failed --dry-run
  switchhook replay create --from 24h --statuses never_sent --subscription 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --rate 50`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			body, err := newReplayBody(cmd)
			if err != nil {
				return err
			}
			call := func(ctx context.Context, s *session) (*http.Response, error) { return s.CreateReplay(ctx, body) }
			if body.DryRun == nil {
				return run(cmd, call, showReplay)
			}
			return run(cmd, call, func(p *printer, v switchhook.ReplayPreview) {
				p.field("deliveries", v.Created)
				p.field("all events looked at", v.Complete)
			})
		},
	}
	f := cmd.Flags()
	f.String("from", "", "first moment of the events, in RFC 3339, or how long ago, such as 24h")
	f.String("to", "", "end of the time, in the same forms; default: now")
	f.String("statuses", "", "what is delivered again: failed, all or never_sent")
	f.String("subscription", "", "only to this subscription")
	f.StringSlice("type", nil, "only events of these types")
	f.Int("rate", 0, "most deliveries made a second")
	f.Bool("dry-run", false, "count what would be made, and make nothing")
	completeFlag(cmd, "statuses", words("failed", "all", "never_sent"))
	completeFlag(cmd, "subscription", subscriptionIDs)
	_ = cmd.MarkFlagRequired("from")     // fails for an unknown flag alone
	_ = cmd.MarkFlagRequired("statuses") // fails for an unknown flag alone
	return cmd
}

func newReplayBody(cmd *cobra.Command) (body switchhook.NewReplay, err error) {
	from, err := timeFlag(cmd, "from")
	if err != nil {
		return body, err
	}
	if from != nil {
		body.From = *from
	}
	if body.To, err = timeFlag(cmd, "to"); err != nil {
		return body, err
	}
	if body.SubscriptionID, err = idFlag(cmd, "subscription", "a subscription"); err != nil {
		return body, err
	}
	statuses, _ := cmd.Flags().GetString("statuses")
	body.Statuses, body.EventTypes = switchhook.ReplaySelection(statuses), listFlag(cmd, "type")
	if cmd.Flags().Changed("rate") {
		rate, _ := cmd.Flags().GetInt("rate")
		body.RatePerSecond = &rate
	}
	if dry, _ := cmd.Flags().GetBool("dry-run"); dry {
		body.DryRun = &dry
	}
	return body, nil
}

func newReplayList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List replays, newest first",
		Example: "  switchhook replay list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			limit, cursor := pageFlags(cmd)
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListReplays(ctx, &switchhook.ListReplaysParams{Limit: limit, Cursor: cursor})
			}, func(p *printer, list switchhook.ReplayList) {
				p.row("ID", "FROM", "TO", "STATUSES", "STATUS", "DONE", "TOTAL", "CREATED")
				for i := range list.Items {
					r := &list.Items[i]
					p.row(r.ID, r.From, r.To, r.Statuses, r.Status, r.Done, r.Total, r.Created)
				}
				p.more(list.NextCursor)
			})
		},
	}
	addPageFlags(cmd)
	return cmd
}

func showReplay(p *printer, r switchhook.Replay) {
	p.field("id", r.ID)
	p.field("status", r.Status)
	p.field("reason", r.Reason)
	p.field("from", r.From)
	p.field("to", r.To)
	p.field("statuses", r.Statuses)
	if r.SubscriptionID != nil {
		p.field("subscription", *r.SubscriptionID)
	}
	p.field("types", r.EventTypes)
	p.field("events", fmt.Sprintf("%d of %d", r.Done, r.Total))
	p.field("deliveries made", r.Created)
	p.field("failed", r.Failed)
	p.field("created", r.CreatedAt)
	p.field("updated", r.UpdatedAt)
}

var replayIDs = fromGateway(
	func(ctx context.Context, s *session) (*http.Response, error) {
		return s.ListReplays(ctx, &switchhook.ListReplaysParams{Limit: page()})
	},
	func(l switchhook.ReplayList) []switchhook.Replay { return l.Items },
	func(r *switchhook.Replay) (string, string) {
		return r.ID.String(), string(r.Status) + " " + string(r.Statuses)
	})
