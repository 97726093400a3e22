package cli

import (
	"context"
	"errors"
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
    --events agent.presencechanged.v1 --secret - < secret.txt
  switchhook subscription create --url https://example.com/hooks --filter '{"expr":"data.total > 100"}' \
    --max-in-flight 4 --timeout 20s --retry-schedule 5s,1m,10m
  switchhook subscription create --url https://example.com/hooks --basic-auth switchhook:@password.txt
  switchhook subscription create --url https://example.com/hooks --oauth2 my-client:- \
    --oauth2-token-url https://auth.example.com/token < secret.txt
  switchhook subscription create --url https://example.com/hooks --client-certificate client.pem --client-key client.key
  switchhook subscription create --url https://example.com/hooks --setting signature=v1a`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := subscriptionFlags(cmd)
			if err != nil {
				return err
			}
			body := switchhook.NewSubscription{
				Provider: stringFlag(cmd, "provider"), Namespace: stringFlag(cmd, "namespace"), Name: f.Name, Events: f.Events,
				Headers: f.Headers, Secret: f.Secret, Settings: f.Settings, Enabled: f.Enabled, Filters: f.Filters, Auth: f.Auth,
			}
			if namesDelivery(cmd) {
				if body.Delivery, err = deliveryOf(cmd, switchhook.SubscriptionDelivery{}); err != nil {
					return err
				}
			}
			if f.URL != nil {
				body.URL = *f.URL
			}
			return byFlags(run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				text, err := jsonBody(body)
				if err != nil {
					return nil, err
				}
				return s.CreateSubscriptionWithBody(ctx, typeShort, text)
			}, showSubscription), subscriptionFields)
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
		Long: `Change what the flags name. Lists are replaced: all --events, --header, --setting and
--filter that shall be stand in one command; --filter '[]' takes filters away. So is
authentication: --basic-auth, --oauth2 and --client-certificate state the whole of it,
and --no-auth takes it away. Limits and retries change one by one; default is the
gateway's own again.`,
		Example: `  switchhook subscription update 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --enabled=false --disabled-reason "Maintenance until Monday"
  switchhook subscription update 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --events 'order.*' --filter @filters.json
  switchhook subscription update 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --max-per-second 50 --timeout default
  switchhook subscription update 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --basic-auth switchhook:- < password.txt`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: one(subscriptionIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[0], "a subscription")
			if err != nil {
				return err
			}
			patch, err := subscriptionChange(cmd)
			if err != nil {
				return err
			}
			return byFlags(run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				params := &switchhook.UpdateSubscriptionParams{IfMatch: stringFlag(cmd, "if-match")}
				if namesDelivery(cmd) {
					sending, tag, err := s.changedDelivery(ctx, cmd, id)
					if err != nil {
						return nil, err
					}
					if patch.Delivery = sending; params.IfMatch == nil {
						params.IfMatch = &tag
					}
				}
				text, err := jsonBody(patch)
				if err != nil {
					return nil, err
				}
				return s.UpdateSubscriptionWithBody(ctx, id, params, typeShort, text)
			}, showSubscription), subscriptionFields)
		},
	}
	addSubscriptionFlags(cmd)
	cmd.Flags().String("disabled-reason", "", "why it is disabled, with --enabled=false")
	cmd.Flags().Bool("no-auth", false, "take authentication away")
	for _, name := range []string{"basic-auth", "oauth2", "client-certificate"} {
		cmd.MarkFlagsMutuallyExclusive("no-auth", name)
	}
	cmd.Flags().String("if-match", "", `change it only in the state of this ETag, such as '"3"'`)
	return cmd
}

// subscriptionChange returns what the flags of update name.
func subscriptionChange(cmd *cobra.Command) (switchhook.SubscriptionPatch, error) {
	patch, err := subscriptionFlags(cmd)
	if err != nil {
		return patch, err
	}
	if none, _ := cmd.Flags().GetBool("no-auth"); none {
		patch.Auth = &switchhook.SubscriptionAuth{}
	}
	patch.DisabledReason = stringFlag(cmd, "disabled-reason")
	switch {
	case patch.DisabledReason != nil && (patch.Enabled == nil || *patch.Enabled):
		return patch, errors.New("--disabled-reason: goes with --enabled=false")
	case patch == switchhook.SubscriptionPatch{} && !namesDelivery(cmd):
		return patch, errors.New("name what to change, such as --events")
	}
	return patch, nil
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
