package cli

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func newAccount() *cobra.Command {
	return newResource("account", "Manage accounts (operators)",
		"Accounts own keys, subscriptions and events. These commands need an operator key.",
		newAccountCreate(), newAccountList(), newAccountGet(), newAccountSet())
}

func newAccountCreate() *cobra.Command {
	return &cobra.Command{
		Use:   "create NAME",
		Short: "Create an account",
		Long:  "Create an account. Its name is unique: lower-case letters, digits, dots, hyphens and underscores.",
		Example: `  switchhook account create acme
  switchhook key create backend --account acme --scopes events:write`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.CreateAccount(ctx, switchhook.NewAccount{Name: args[0]})
			}, showAccount)
		},
	}
}

func newAccountList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List accounts",
		Example: "  switchhook account list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			limit, cursor := pageFlags(cmd)
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.ListAccounts(ctx, &switchhook.ListAccountsParams{Limit: limit, Cursor: cursor})
			}, func(p *printer, list switchhook.AccountList) {
				p.row("ID", "NAME", "CREATED")
				for _, a := range list.Items {
					p.row(a.ID, a.Name, a.CreatedAt)
				}
				p.more(list.NextCursor)
			})
		},
	}
	addPageFlags(cmd)
	return cmd
}

func newAccountGet() *cobra.Command {
	return &cobra.Command{
		Use:     "get ID|NAME",
		Short:   "Show an account",
		Example: "  switchhook account get acme",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: one(accountNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd, func(ctx context.Context, s *session) (*http.Response, error) {
				return s.GetAccount(ctx, args[0])
			}, showAccount)
		},
	}
}

func showAccount(p *printer, a switchhook.Account) {
	p.field("id", a.ID)
	p.field("name", a.Name)
	p.field("event validation", a.EventValidation)
	showLimits(p, a.Limits)
	p.field("created", a.CreatedAt)
}
