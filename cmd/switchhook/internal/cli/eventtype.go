package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func newEventType() *cobra.Command {
	return newResource("event-type", "Describe types of events", "Event types are the account's own, with a JSON Schema of their data, and the canonical ones.",
		newEventTypeSet(), newEventTypeList(), newEventTypeGet(), newEventTypeDelete(), newEventTypeImport())
}

func newEventTypeSet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "Make or replace an event type",
		Example: `  switchhook event-type set order.created --description "An order was made" --schema @order.json
  switchhook event-type set order.created --deprecated`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: one(eventTypeNames),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			body := switchhook.NewEventType{Description: stringFlag(cmd, "description")}
			if body.Schema, err = jsonFlag(cmd, "schema"); err != nil {
				return err
			}
			if body.Example, err = jsonFlag(cmd, "example"); err != nil {
				return err
			}
			if cmd.Flags().Changed("deprecated") {
				deprecated, _ := cmd.Flags().GetBool("deprecated")
				body.Deprecated = &deprecated
			}
			params := &switchhook.PutEventTypeParams{IfMatch: stringFlag(cmd, "if-match")}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.PutEventType(ctx, args[0], params, body)
			}, showEventType)
		},
	}
	cmd.Flags().String("description", "", "what has happened")
	cmd.Flags().String("schema", "", "JSON Schema of the data; @file reads a file, - standard input")
	cmd.Flags().String("example", "", "example of the data in JSON; @file reads a file, - standard input")
	cmd.Flags().Bool("deprecated", false, "whether it is no longer to be used")
	cmd.Flags().String("if-match", "", `change it only in the state of this ETag, such as '"3"'`)
	return cmd
}

// jsonFlag reads a JSON value; nil if it was not given.
func jsonFlag(cmd *cobra.Command, flag string) (*json.RawMessage, error) {
	text := stringFlag(cmd, flag)
	if text == nil {
		return nil, nil
	}
	b, err := input(cmd, flag, *text)
	if err != nil {
		return nil, err
	}
	return jsonText(flag, b)
}

func newEventTypeList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List event types",
		Example: "  switchhook event-type list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			limit, cursor := pageFlags(cmd)
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListEventTypes(ctx, &switchhook.ListEventTypesParams{Limit: limit, Cursor: cursor})
			}, func(p *printer, list switchhook.AccountEventTypeList) {
				p.row("NAME", "ORIGIN", "SCHEMA", "DEPRECATED", "DESCRIPTION")
				for i := range list.Items {
					t := &list.Items[i]
					p.row(t.Name, t.Origin, t.Schema != nil, t.Deprecated, t.Description)
				}
				p.more(list.NextCursor)
			})
		},
	}
	addPageFlags(cmd)
	return cmd
}

func newEventTypeGet() *cobra.Command {
	return &cobra.Command{
		Use:     "get NAME",
		Short:   "Show an event type with its schema",
		Example: "  switchhook event-type get order.created",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: one(eventTypeNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.GetEventType(ctx, args[0])
			}, showEventType)
		},
	}
}

func newEventTypeDelete() *cobra.Command {
	return &cobra.Command{
		Use:     "delete NAME",
		Short:   "Delete an event type of the account's own",
		Example: "  switchhook event-type delete order.created",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: one(eventTypeNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return done(cmd, "The event type is deleted.", func(ctx context.Context, s *session) (*http.Response, error) {
				return s.DeleteEventType(ctx, args[0], &switchhook.DeleteEventTypeParams{})
			})
		},
	}
}

func newEventTypeImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "import -f FILE",
		Short:   "Make event types of the webhooks of an OpenAPI document",
		Example: "  switchhook event-type import -f openapi.yaml --dry-run",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			document, err := fileInput(cmd, "file")
			if err != nil {
				return err
			}
			contentType := "application/yaml"
			if json.Valid(document) {
				contentType = typeShort
			}
			dry, _ := cmd.Flags().GetBool("dry-run")
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ImportEventTypesWithBody(ctx, &switchhook.ImportEventTypesParams{DryRun: &dry}, contentType, bytes.NewReader(document))
			}, func(p *printer, v switchhook.EventTypeImport) {
				p.field("created", v.Created)
				p.field("updated", v.Updated)
				p.field("unchanged", v.Unchanged)
				for i := range v.Refused {
					for _, e := range v.Refused[i].Errors {
						p.row("refused", v.Refused[i].Name, e.Field+": "+e.Message)
					}
				}
			})
		},
	}
	cmd.Flags().StringP("file", "f", "", "OpenAPI document in YAML or JSON; - is standard input")
	cmd.Flags().Bool("dry-run", false, "show what would be made, and make nothing")
	_ = cmd.MarkFlagRequired("file") // fails for an unknown flag alone
	return cmd
}

func showEventType(p *printer, t switchhook.AccountEventType) {
	p.field("name", t.Name)
	p.field("origin", t.Origin)
	p.field("description", t.Description)
	p.field("deprecated", t.Deprecated)
	p.field("created", t.CreatedAt)
	p.field("updated", t.UpdatedAt)
	if t.Providers != nil {
		p.field("providers", *t.Providers)
	}
	if t.Schema != nil {
		p.field("schema", string(*t.Schema))
	}
	if t.Example != nil {
		p.field("example", string(*t.Example))
	}
}

var eventTypeNames = fromGateway(
	func(ctx context.Context, s *session) (*http.Response, error) {
		return s.ListEventTypes(ctx, &switchhook.ListEventTypesParams{Limit: page()})
	},
	func(l switchhook.AccountEventTypeList) []switchhook.AccountEventType { return l.Items },
	func(t *switchhook.AccountEventType) (string, string) { return t.Name, t.Description })
