package cli

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/gen/switchhook"
)

func newPortalToken() *cobra.Command {
	return newResource("portal-token", "Make short-lived tokens for portals",
		"A portal token is sent as an API key is. It acts for one account and cannot be revoked by itself.",
		newPortalTokenCreate())
}

func newPortalTokenCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create --scopes SCOPES",
		Short: "Create a portal token and show it, once",
		Long: `Create a portal token, limited to the account and to scopes that the key has, and
show it, once. It ends with the key that makes it.`,
		Example: "  switchhook portal-token create --account acme --scopes subscriptions:read,deliveries:read --expires-in 15m",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			scopes, _ := cmd.Flags().GetStringSlice("scopes")
			seconds, err := secondsFlag(cmd, "expires-in")
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.CreatePortalToken(ctx, switchhook.NewPortalToken{Scopes: scopes, ExpiresInSeconds: seconds})
			}, func(p *printer, t switchhook.PortalToken) {
				p.field("id", t.ID)
				p.field("scopes", t.Scopes)
				p.field("expires", t.ExpiresAt)
				p.field("token", t.Token)
			})
		},
	}
	cmd.Flags().StringSlice("scopes", nil, "what the token may do, separated by commas; never keys:write")
	cmd.Flags().Duration("expires-in", 0, "how long the token works, at most 24h (default 1h)")
	completeFlag(cmd, "scopes", words(account.Scopes()...))
	_ = cmd.MarkFlagRequired("scopes") // fails for an unknown flag alone
	return cmd
}
