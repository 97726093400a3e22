package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

func newEventPublish() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "publish",
		Short: "Publish an event",
		Long: `Publish an event, by its type and data, or as whole CloudEvents in JSON: one, or an
array of them. Data is sent byte for byte.`,
		Example: `  switchhook event publish --type order.created --data '{"order":"4711"}'
  switchhook event publish --type message.received --attr platform=whatsapp --data @message.json
  switchhook event publish --type invoice.due --data '{}' --deliver-at 2026-12-01T09:00:00Z
  switchhook event publish --cloudevent @event.json
  generate-event | switchhook event publish --type order.created --data -`,
		Args: cobra.NoArgs,
		RunE: publish,
	}
	f := cmd.Flags()
	f.String("type", "", "event type, such as order.created")
	f.String("data", "", "data in JSON; @file reads a file, - standard input")
	f.String("source", "", "URI reference that names where the event comes from")
	f.String("id", "", "id, unique within the source; an event with the same two is not repeated")
	f.String("subject", "", "what the event is about")
	f.String("deliver-at", "", "when it is delivered, in RFC 3339; default: now")
	f.StringArray("attr", nil, "attribute as name=value: namespace, platform, webhookid or deviceid; may be repeated")
	f.String("cloudevent", "", "CloudEvents in JSON in place of all the above; @file reads a file, - standard input")
	cmd.MarkFlagsMutuallyExclusive("type", "cloudevent")
	cmd.MarkFlagsMutuallyExclusive("data", "cloudevent")
	cmd.MarkFlagsOneRequired("type", "cloudevent")
	cmd.MarkFlagsRequiredTogether("type", "data")
	return cmd
}

func publish(cmd *cobra.Command, _ []string) error {
	body, contentType, err := publishBody(cmd)
	if err != nil {
		return err
	}
	call := func(ctx context.Context, s *session) (*http.Response, error) {
		return s.PublishEventsWithBody(ctx, contentType, bytes.NewReader(body))
	}
	if contentType == typeBatch {
		return run(cmd, call, func(p *printer, list switchhook.PublishedBatch) {
			p.row("ID", "CLOUDEVENT ID", "DUPLICATE")
			for _, e := range list.Items {
				p.row(e.ID, e.CloudeventID, e.Duplicate)
			}
		})
	}
	return run(cmd, call, func(p *printer, e switchhook.PublishedEvent) {
		p.field("id", e.ID)
		p.field("cloudevent id", e.CloudeventID)
		p.field("duplicate", e.Duplicate)
	})
}

const (
	typeShort = "application/json"
	typeEvent = "application/cloudevents+json"
	typeBatch = "application/cloudevents-batch+json"
)

func publishBody(cmd *cobra.Command) (body []byte, contentType string, err error) {
	if text := stringFlag(cmd, "cloudevent"); text != nil {
		for _, name := range []string{"source", "id", "subject", "deliver-at", "attr"} {
			if cmd.Flags().Changed(name) {
				return nil, "", fmt.Errorf("--%s: state it in the CloudEvent", name)
			}
		}
		if body, err = input(cmd, "cloudevent", *text); err != nil {
			return nil, "", err
		}
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
			return body, typeBatch, nil
		}
		return body, typeEvent, nil
	}
	body, err = shortForm(cmd)
	return body, typeShort, err
}

// shortForm is the event in the API's short form, with the data as it is.
func shortForm(cmd *cobra.Command) ([]byte, error) {
	members := map[string]string{}
	for _, name := range []string{"type", "source", "id", "subject"} {
		if v := stringFlag(cmd, name); v != nil {
			members[name] = *v
		}
	}
	if v := stringFlag(cmd, "deliver-at"); v != nil {
		members["deliver_at"] = *v
	}
	attrs, err := pairs(cmd, "attr", "=")
	if err != nil {
		return nil, err
	}
	for _, a := range attrs {
		if _, ok := members[a[0]]; ok || a[0] == "data" {
			return nil, fmt.Errorf("--attr: %s is given already", a[0])
		}
		members[a[0]] = a[1]
	}
	data, err := input(cmd, "data", *stringFlag(cmd, "data"))
	if err != nil {
		return nil, err
	}
	if data = bytes.TrimSpace(data); !jsondata.Valid(data) {
		return nil, errors.New(`--data: must be JSON, such as '{"order":"4711"}'`)
	}
	return jsondata.Embed(members, "data", data)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
