package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

func newSubscriptionTry() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test ID",
		Short: "Send a test event that only this subscription gets",
		Example: `  switchhook subscription test 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10
  switchhook subscription test 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --type order.created --data '{"order":"4711"}'`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: one(subscriptionIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[0], "a subscription")
			if err != nil {
				return err
			}
			body := switchhook.SubscriptionTest{Type: stringFlag(cmd, "type")}
			if text := stringFlag(cmd, "data"); text != nil {
				data, err := input(cmd, "data", *text)
				if err != nil {
					return err
				}
				if !jsondata.Valid(data) {
					return errors.New(`--data: must be JSON, such as '{"order":"4711"}'`)
				}
				raw := json.RawMessage(data)
				body.Data = &raw
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.TestSubscription(ctx, id, body)
			},
				func(p *printer, v switchhook.TestedSubscription) {
					p.field("event", v.EventID)
					p.field("delivery", v.DeliveryID)
				})
		},
	}
	cmd.Flags().String("type", "", "event type; default: one that says it is a test")
	cmd.Flags().String("data", "", "data in JSON; @file reads a file, - standard input")
	return cmd
}

func newSubscriptionRotate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate-secret ID",
		Short: "Replace the signing secret and show the new one, once",
		Long: `Replace the signing secret by a generated or a given one, and show it, once. Where
the provider allows it deliveries are signed with both secrets for the overlap. A
subscription of the provider standard with the setting signature=v1a shows its new
public key.`,
		Example: `  switchhook subscription rotate-secret 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10
  switchhook subscription rotate-secret 019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10 --overlap 1h --secret - < secret.txt`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: one(subscriptionIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(args[0], "a subscription")
			if err != nil {
				return err
			}
			var body switchhook.SecretRotation
			if body.Secret, err = secretFlag(cmd, "secret"); err != nil {
				return err
			}
			if body.OverlapSeconds, err = secondsFlag(cmd, "overlap"); err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.RotateSubscriptionSecret(ctx, id, body)
			}, showSubscription)
		},
	}
	cmd.Flags().Duration("overlap", 0, "how long the old secret signs too, such as 1h; default: what the gateway says")
	cmd.Flags().String("secret", "", "the new secret in the provider's form; - reads it from standard input; default: generated")
	return cmd
}
