package cli

import (
	"context"
	"net/http"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

var storedEvents = &item[switchhook.Event]{"event", "an event", eventIDs, showEvent}

var eventTraces = &item[switchhook.Trace]{"event", "an event", eventIDs, showTrace}

func newEvent() *cobra.Command {
	return newResource("event", "Publish and read events", "Events are facts, each a CloudEvent. They do not change.",
		newEventPublish(), newEventList(),
		storedEvents.command("get", "Show an event with its data", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.GetEvent(ctx, id)
		}),
		storedEvents.command("cancel", "Keep a delayed event from being delivered", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.CancelEvent(ctx, id)
		}),
		eventTraces.command("trace", "Show how an event went, span by span", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.GetEventTrace(ctx, id)
		}))
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
