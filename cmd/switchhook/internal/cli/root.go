// Package cli holds the commands that work on a running gateway through its
// unified API: a parent command a resource, and those that do more than one call.
package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
)

// NewRoot returns the root command with the resource commands. Add the commands
// that work on this machine to it. Errors are returned and not printed.
func NewRoot(version string) *cobra.Command {
	root := &cobra.Command{
		Use:           "switchhook",
		Short:         "A webhook gateway that speaks its subscribers' vendor APIs",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(Commands()...)
	return root
}

// Commands returns the resource commands.
func Commands() []*cobra.Command {
	return []*cobra.Command{
		newAccount(), newKey(), newPortalToken(), newSubscription(), newFilter(), newEvent(), newEventType(), newDelivery(),
		newReplay(), newTrace(), newStatistics(), newAudit(), newProvider(), newListen(), newApply(), newExport(),
	}
}

const connectionHelp = `

The gateway is named by --server or SWITCHHOOK_URL, the API key by --key or
SWITCHHOOK_KEY (the variable keeps it out of the process list), and, for operator
keys, the account by --account or SWITCHHOOK_ACCOUNT.`

// newResource returns the parent of a resource's commands, with the flags that
// all of them have.
func newResource(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long + connectionHelp, Args: cobra.NoArgs, RunE: showHelp}
	addConnectionFlags(cmd, cmd.PersistentFlags())
	flags := cmd.PersistentFlags()
	answer.AddFormat(flags)
	completeFlag(cmd, "output", cobra.FixedCompletions(answer.Formats, cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(commands...)
	return cmd
}

// addConnectionFlags registers what names the gateway and the account.
func addConnectionFlags(cmd *cobra.Command, flags *pflag.FlagSet) {
	flags.String("server", "", "URL of the gateway (SWITCHHOOK_URL; default "+defaultServer+")")
	flags.String("key", "", "API key (SWITCHHOOK_KEY)")
	flags.String("account", "", "id or name of the account to act for, with an operator key (SWITCHHOOK_ACCOUNT)")
	completeFlag(cmd, "account", accountNames)
}

func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// addPageFlags registers the flags of list commands.
func addPageFlags(cmd *cobra.Command) {
	cmd.Flags().Int("limit", 50, "most items, 1 to 100")
	cmd.Flags().String("cursor", "", "where the next page starts, as the page before said")
}

// pageFlags returns the flags that were given.
func pageFlags(cmd *cobra.Command) (limit *int, cursor *string) {
	if cmd.Flags().Changed("limit") {
		n, _ := cmd.Flags().GetInt("limit")
		limit = &n
	}
	return limit, stringFlag(cmd, "cursor")
}
