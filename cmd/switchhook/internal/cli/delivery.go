package cli

import (
	"context"
	"net/http"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

var deliveries = &item[switchhook.Delivery]{"delivery", "a delivery", deliveryIDs, showDelivery}

var deliveryTraces = &item[switchhook.Trace]{"delivery", "a delivery", deliveryIDs, showTrace}

func newDelivery() *cobra.Command {
	return newResource("delivery", "Follow deliveries", "A delivery is one event on its way to one subscription, with its attempts.",
		newDeliveryList(),
		deliveries.command("get", "Show a delivery with its attempts", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.GetDelivery(ctx, id)
		}),
		deliveries.command("retry", "Attempt a delivery again now", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.RetryDelivery(ctx, id)
		}),
		deliveries.command("cancel", "Give a delivery up that waits", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.CancelDelivery(ctx, id)
		}),
		deliveryTraces.command("trace", "Show how a delivery went, span by span", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.GetDeliveryTrace(ctx, id)
		}))
}

func newDeliveryList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List deliveries, newest event first",
		Example: `  switchhook delivery list --event 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10
  switchhook delivery list --status retrying,dead
  switchhook delivery list --provider vonage --response 500,503 --after 1h`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			params, err := deliveryParams(cmd)
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListDeliveries(ctx, &params)
			}, func(p *printer, list switchhook.DeliveryList) {
				p.row("ID", "EVENT", "SUBSCRIPTION", "TYPE", "STATUS", "ATTEMPTS", "LAST")
				for _, d := range list.Items {
					p.row(d.ID, d.EventID, d.SubscriptionID, d.EventType, d.Status, len(d.Attempts), lastAttempt(d.Attempts))
				}
				p.more(list.NextCursor)
			})
		},
	}
	cmd.Flags().String("event", "", "only deliveries of this event")
	cmd.Flags().String("subscription", "", "only deliveries to this subscription")
	cmd.Flags().StringSlice("status", nil, "only these states: pending, retrying, delivered, dead, cancelled")
	cmd.Flags().StringSlice("type", nil, "only these native event types")
	cmd.Flags().String("provider", "", "only deliveries of this provider")
	cmd.Flags().IntSlice("response", nil, "only those whose last answer had one of these HTTP statuses")
	cmd.Flags().String("after", "", "only those made after this time, in RFC 3339, or how long ago, such as 1h")
	cmd.Flags().String("before", "", "only those made before this time, in the same forms")
	completeFlag(cmd, "provider", providerNames)
	completeFlag(cmd, "event", eventIDs)
	completeFlag(cmd, "subscription", subscriptionIDs)
	completeFlag(cmd, "status", words("pending", "retrying", "delivered", "dead", "cancelled"))
	addPageFlags(cmd)
	return cmd
}

func deliveryParams(cmd *cobra.Command) (params switchhook.ListDeliveriesParams, err error) {
	params.Limit, params.Cursor = pageFlags(cmd)
	params.EventType, params.Provider = listFlag(cmd, "type"), stringFlag(cmd, "provider")
	if cmd.Flags().Changed("response") {
		codes, _ := cmd.Flags().GetIntSlice("response")
		params.ResponseStatus = &codes
	}
	if params.CreatedAfter, err = timeFlag(cmd, "after"); err != nil {
		return params, err
	}
	if params.CreatedBefore, err = timeFlag(cmd, "before"); err != nil {
		return params, err
	}
	if params.EventID, err = idFlag(cmd, "event", "an event"); err != nil {
		return params, err
	}
	if params.SubscriptionID, err = idFlag(cmd, "subscription", "a subscription"); err != nil {
		return params, err
	}
	if words := listFlag(cmd, "status"); words != nil {
		statuses := make([]switchhook.DeliveryStatus, len(*words))
		for i, w := range *words {
			statuses[i] = switchhook.DeliveryStatus(w)
		}
		params.Status = &statuses
	}
	return params, nil
}
