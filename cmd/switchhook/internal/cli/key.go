package cli

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/gen/switchhook"
)

var keys = &item[switchhook.KeyWithToken]{"key", "a key", keyIDs, showNewKey}

func newKey() *cobra.Command {
	return newResource("key", "Manage API keys", "API keys belong to one account and have scopes. Their tokens are shown once.",
		newKeyCreate(), newKeyList(), newKeyRotate(),
		keys.last("revoke", "End an API key", "The key is revoked.", func(ctx context.Context, s *session, id uuid.UUID) (*http.Response, error) {
			return s.RevokeKey(ctx, id)
		}))
}

func newKeyCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create an API key and show its token, once",
		Long: `Create an API key and show its token, once. Without --scopes it gets those of the
key that makes it.`,
		Example: `  switchhook key create "shop backend" --scopes events:write
  switchhook key create ci --scopes deliveries:read --expires-in 720h
  switchhook key create legacy --token - < token.txt
  switchhook key create "contact center" --scopes admin:read,admin:write --client-id 8d1f5a0c --token - < secret.txt`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := newKeyBody(cmd, args[0])
			if err != nil {
				return err
			}
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) { return s.CreateKey(ctx, body) }, showNewKey)
		},
	}
	cmd.Flags().StringSlice("scopes", nil, "what the key may do, separated by commas; * is everything in the account")
	cmd.Flags().Duration("expires-in", 0, "how long the key works, such as 720h; default: for ever")
	cmd.Flags().String("token", "", "an existing token to take over; - reads it from standard input")
	cmd.Flags().String("client-id", "", "an existing OAuth client id to take over, whose secret is the token; default: the key's id")
	cmd.Flags().Bool("operator", false, "make an operator key, which works on every API and for every account")
	completeFlag(cmd, "scopes", words(account.Scopes()...))
	return cmd
}

func newKeyBody(cmd *cobra.Command, name string) (switchhook.NewKey, error) {
	body := switchhook.NewKey{Name: name, Scopes: listFlag(cmd, "scopes")}
	token, err := secretFlag(cmd, "token")
	if err != nil {
		return body, err
	}
	body.Token = token
	if id, _ := cmd.Flags().GetString("client-id"); id != "" {
		body.ClientID = &id
	}
	if operator, _ := cmd.Flags().GetBool("operator"); operator {
		body.Operator = &operator
	}
	if cmd.Flags().Changed("expires-in") {
		d, _ := cmd.Flags().GetDuration("expires-in")
		if d <= 0 {
			return body, errors.New("--expires-in: must be above 0, such as 720h")
		}
		at := time.Now().Add(d).UTC()
		body.ExpiresAt = &at
	}
	return body, nil
}

func showNewKey(p *printer, k switchhook.KeyWithToken) {
	p.field("id", k.ID)
	p.field("name", k.Name)
	p.field("client id", k.ClientID)
	p.field("scopes", k.Scopes)
	p.field("operator", k.Operator)
	p.field("expires", k.ExpiresAt)
	p.field("token", k.Token)
}

func newKeyList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List API keys, without their tokens",
		Example: `  switchhook key list --account acme
  switchhook key list --state active`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			params := switchhook.ListKeysParams{State: (*switchhook.ListKeysParamsState)(stringFlag(cmd, "state"))}
			params.Limit, params.Cursor = pageFlags(cmd)
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListKeys(ctx, &params)
			}, func(p *printer, list switchhook.KeyList) {
				p.row("ID", "NAME", "TOKEN", "SCOPES", "OPERATOR", "LAST USED", "EXPIRES", "REVOKED")
				for _, k := range list.Items {
					p.row(k.ID, k.Name, k.Hint, k.Scopes, k.Operator, k.LastUsedAt, k.ExpiresAt, k.RevokedAt)
				}
				p.more(list.NextCursor)
			})
		},
	}
	cmd.Flags().String("state", "", "only keys that are active, expired or revoked")
	completeFlag(cmd, "state", words("active", "expired", "revoked"))
	addPageFlags(cmd)
	return cmd
}
