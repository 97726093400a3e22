package cli

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/cmd/switchhook/internal/apply"
	"github.com/switchhook/switchhook/core/account"
)

// accountName names the account that the session acts for; an operator's key
// without one acts for the default account.
func (s *session) accountName() string {
	if s.account == "" {
		return account.DefaultName
	}
	return s.account
}

func newExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write an account's subscriptions, event types and settings as a file for switchhook apply",
		Long: `Write an account's subscriptions, event types and settings as a file for "switchhook
apply", in YAML. Secrets and header values are not in it: the gateway does not show
them. Settings are there if the key is an operator's.` + connectionHelp,
		Example: `  switchhook export > acme.yaml
  switchhook export --only event_types,subscriptions --account acme`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			only := listFlag(cmd, "only")
			if only != nil {
				return export(cmd, apply.Parts(*only))
			}
			err := export(cmd, apply.AllParts)
			var refused *answer.Error
			if !errors.As(err, &refused) || refused.Status != http.StatusForbidden {
				return err
			}
			if err := export(cmd, withoutSettings()); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "The account's settings are left out: they take an operator key.")
			return nil
		},
	}
	addConnectionFlags(cmd, cmd.Flags())
	cmd.Flags().StringSlice("only", nil, "only these parts, separated by commas: "+strings.Join(apply.AllParts, ", "))
	completeFlag(cmd, "only", words(apply.AllParts...))
	return cmd
}

// withoutSettings are the parts that an account's own key may read.
func withoutSettings() apply.Parts {
	return slices.DeleteFunc(slices.Clone(apply.AllParts), func(part string) bool { return part == apply.Settings })
}

func newSubscriptionExport() *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: "Write all subscriptions as a file for switchhook apply",
		Long: `Write all subscriptions of the account as a file for "switchhook apply", in YAML.
Secrets and header values are not in it: the gateway does not show them.`,
		Example: `  switchhook subscription export > subscriptions.yaml`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return export(cmd, apply.Parts{apply.Subscriptions}) },
	}
}

// export writes parts of the account. Nothing is written before all was read.
func export(cmd *cobra.Command, parts apply.Parts) error {
	for _, part := range parts {
		if !apply.AllParts.Has(part) {
			return fmt.Errorf("--only: %q must be one of %s", part, strings.Join(apply.AllParts, ", "))
		}
	}
	s, err := connect(cmd)
	if err != nil {
		return err
	}
	state, err := apply.Read(cmd.Context(), s.Client, s.accountName(), parts)
	if err != nil {
		return err
	}
	return state.Export(cmd.OutOrStdout())
}
