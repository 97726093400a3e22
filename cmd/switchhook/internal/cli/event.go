package cli

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func newEvent() *cobra.Command {
	return newResource("event", "Publish and read events", "Events are facts, each a CloudEvent. They do not change.",
		newEventPublish(), newEventList(), newEventGet(), newEventCancel())
}

func newEventList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List events, newest first",
		Example: "  switchhook event list --type order.created",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			params := switchhook.ListEventsParams{
				Type: stringFlag(cmd, "type"), Source: stringFlag(cmd, "source"), CloudeventID: stringFlag(cmd, "cloudevent-id"),
			}
			params.Limit, params.Cursor = pageFlags(cmd)
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListEvents(ctx, &params)
			}, func(p *printer, list switchhook.EventList) {
				p.row("ID", "TYPE", "SOURCE", "CLOUDEVENT ID", "ACCEPTED")
				for _, e := range list.Items {
					p.row(e.ID, e.Type, e.Source, e.CloudeventID, e.AcceptedAt)
				}
				p.more(list.NextCursor)
			})
		},
	}
	cmd.Flags().String("type", "", "only events of this type")
	cmd.Flags().String("source", "", "only events of this source")
	cmd.Flags().String("cloudevent-id", "", "only events with this CloudEvent id")
	addPageFlags(cmd)
	return cmd
}

func newEventGet() *cobra.Command {
	return &cobra.Command{
		Use:     "get ID",
		Short:   "Show an event with its data",
		Example: "  switchhook event get 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: one(eventIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[0], "an event")
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) { return s.GetEvent(ctx, id) }, showEvent)
		},
	}
}

func newEventCancel() *cobra.Command {
	return &cobra.Command{
		Use:     "cancel ID",
		Short:   "Keep a delayed event from being delivered",
		Example: "  switchhook event cancel 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: one(eventIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[0], "an event")
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) { return s.CancelEvent(ctx, id) }, showEvent)
		},
	}
}

func showEvent(p *printer, e switchhook.Event) {
	p.field("id", e.ID)
	p.field("cloudevent id", e.CloudeventID)
	p.field("type", e.Type)
	p.field("source", e.Source)
	p.field("subject", e.Subject)
	p.field("time", e.Time)
	p.field("content type", e.Datacontenttype)
	p.field("accepted", e.AcceptedAt)
	p.field("trace", e.TraceID)
	for _, name := range sortedKeys(e.Extensions) {
		p.field(name, e.Extensions[name])
	}
	switch {
	case e.Data != nil:
		p.field("data", string(*e.Data))
	case e.DataBase64 != nil:
		p.row("data", len(*e.DataBase64), "bytes that are not JSON; see -o json")
	}
}
