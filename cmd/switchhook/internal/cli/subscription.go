package cli

import (
	"context"
	"net/http"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

var subscriptions = &item[switchhook.SubscriptionWithSecret]{"subscription", "a subscription", subscriptionIDs, showSubscription}

func newSubscription() *cobra.Command {
	return newResource("subscription", "Manage subscriptions",
		"A subscription is a URL that gets events in the shape and under the rules of one provider.",
		newSubscriptionCreate(), newSubscriptionList(), newSubscriptionUpdate(),
		subscriptions.command("get", "Show a subscription, without its secret", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.GetSubscription(ctx, id)
		}),
		subscriptions.last("delete", "Delete a subscription and cancel its open deliveries", "The subscription is deleted.",
			func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
				return s.DeleteSubscription(ctx, id)
			}),
		newSubscriptionRotate(), newSubscriptionTry(), newSubscriptionExport(), newSubscriptionImport())
}

func newSubscriptionCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create --url URL",
		Short: "Create a subscription and show its secret",
		Long: `Create a subscription. The answer shows the signing secret, the given one or the
generated one; no later one does.`,
		Example: `  switchhook subscription create --url https://example.com/hooks --events order.created,'invoice.*'
  switchhook subscription create --provider vonage --name presence --url https://example.com/hooks \
    --events agent.presencechanged.v1 --secret - < secret.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := subscriptionFlags(cmd)
			if err != nil {
				return err
			}
			body := switchhook.NewSubscription{
				Provider: stringFlag(cmd, "provider"), Namespace: stringFlag(cmd, "namespace"), Name: f.Name, Events: f.Events,
				Headers: f.Headers, Secret: f.Secret, Settings: f.Settings, Enabled: f.Enabled,
			}
			if f.URL != nil {
				body.URL = *f.URL
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.CreateSubscription(ctx, body)
			}, showSubscription)
		},
	}
	addSubscriptionFlags(cmd)
	cmd.Flags().String("provider", "", "in whose shape events are sent (default standard); see: switchhook provider list")
	cmd.Flags().String("namespace", "", "part of the account that the subscription is for")
	completeFlag(cmd, "provider", providerNames)
	_ = cmd.MarkFlagRequired("url") // fails for an unknown flag alone
	return cmd
}

func newSubscriptionUpdate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update ID",
		Short: "Change what the flags name",
		Example: `  switchhook subscription update 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --enabled=false
  switchhook subscription update 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --events 'order.*'`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: one(subscriptionIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[0], "a subscription")
			if err != nil {
				return err
			}
			patch, err := subscriptionFlags(cmd)
			if err != nil {
				return err
			}
			params := &switchhook.UpdateSubscriptionParams{IfMatch: stringFlag(cmd, "if-match")}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.UpdateSubscription(ctx, id, params, patch)
			}, showSubscription)
		},
	}
	addSubscriptionFlags(cmd)
	cmd.Flags().String("if-match", "", `change it only in the state of this ETag, such as '"3"'`)
	return cmd
}

func newSubscriptionList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List subscriptions",
		Example: "  switchhook subscription list --provider standard",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			params := switchhook.ListSubscriptionsParams{Provider: stringFlag(cmd, "provider"), Namespace: stringFlag(cmd, "namespace")}
			params.Limit, params.Cursor = pageFlags(cmd)
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListSubscriptions(ctx, &params)
			}, func(p *printer, list switchhook.SubscriptionList) {
				p.row("ID", "PROVIDER", "NAME", "URL", "EVENTS", "ENABLED")
				for _, sub := range list.Items {
					p.row(sub.ID, sub.Provider, orDash(sub.Name), sub.URL, events(sub.Events), sub.Enabled)
				}
				p.more(list.NextCursor)
			})
		},
	}
	cmd.Flags().String("provider", "", "only those of this provider")
	cmd.Flags().String("namespace", "", "only those of this namespace")
	completeFlag(cmd, "provider", providerNames)
	addPageFlags(cmd)
	return cmd
}
