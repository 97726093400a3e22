package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/apply"
)

// Exit codes beside 0 and 1.
const (
	exitChanges  = 2
	exitDeclined = 3
)

// ExitError ends the process with a code of its own. It is no failure.
type ExitError struct {
	code int
	text string
}

// Error implements error.
func (e *ExitError) Error() string { return e.text }

// Code is that of the process.
func (e *ExitError) Code() int { return e.code }

func newApply() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Make an account's subscriptions, event types and settings those of a file",
		Long: `Make an account's subscriptions, event types and settings those of a file. The
command shows what it would change, asks, and changes it. A file that is applied
already changes nothing, and what a file does not have stays as it is.

A file has one or more of: subscriptions, by the members of POST /v1/subscriptions;
event_types, by those of PUT /v1/event-types/{name} and their name; and account, by
those of PATCH /v1/accounts/{account}, which takes an operator key. Provider,
namespace and name say which subscription is meant; where it has no name, as some
vendors' have none, its URL does. Members that are left out stay as they are.
Values may name variables of the environment, ${NAME}. The gateway does not show
secrets, so they are sent when a subscription is made, and again with --secrets.

Exit codes: 0 all is as declared, 1 something failed, 2 --dry-run found changes,
3 you said no.` + connectionHelp,
		Example: `  switchhook apply -f subscriptions.yaml
  switchhook apply -f subscriptions.yaml --dry-run
  ORDERS_SECRET=whsec_… switchhook apply -f subscriptions.yaml --yes --prune
  switchhook export --account old | switchhook apply --account new -f - --yes`,
		Args: cobra.NoArgs,
		RunE: applyRun,
	}
	f := cmd.Flags()
	addConnectionFlags(cmd, f)
	f.StringP("file", "f", "", "YAML file; - is standard input")
	f.Bool("prune", false, "delete subscriptions and event types that the lists of the file do not name")
	f.Bool("secrets", false, "send the file's secrets again to subscriptions that exist")
	addPlanFlags(cmd)
	_ = cmd.MarkFlagRequired("file")                        // fails for an unknown flag alone
	_ = cmd.MarkFlagFilename("file", "yaml", "yml", "json") // fails for an unknown flag alone
	return cmd
}

// addPlanFlags registers how one agrees to a plan.
func addPlanFlags(cmd *cobra.Command) {
	cmd.Flags().Bool("yes", false, "do not ask")
	cmd.Flags().Bool("dry-run", false, "show the changes and make none")
	cmd.MarkFlagsMutuallyExclusive("yes", "dry-run")
}

func applyRun(cmd *cobra.Command, _ []string) error {
	s, err := connect(cmd)
	if err != nil {
		return err
	}
	content, err := fileInput(cmd, "file")
	if err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("file")
	if name == "-" {
		name = "standard input"
	}
	file, err := apply.Parse(name, content)
	if err != nil {
		return err
	}
	state, err := apply.Read(cmd.Context(), s.Client, s.accountName(), file.Parts())
	if err != nil {
		return err
	}
	var o apply.PlanOptions
	o.Prune, _ = cmd.Flags().GetBool("prune")
	o.Secrets, _ = cmd.Flags().GetBool("secrets")
	plan, err := apply.NewPlan(file, state, o)
	if err != nil {
		return err
	}
	if err := plan.Write(cmd.OutOrStdout()); err != nil {
		return err
	}
	if len(plan.Changes) == 0 {
		return nil
	}
	if err := agree(cmd); err != nil {
		return err
	}
	return plan.Run(cmd.Context(), s.Client, file, cmd.OutOrStdout())
}

// agree asks whether a plan is to be carried out. The error is nil if so.
func agree(cmd *cobra.Command) error {
	if dry, _ := cmd.Flags().GetBool("dry-run"); dry {
		return &ExitError{exitChanges, "Nothing was changed."}
	}
	if yes, _ := cmd.Flags().GetBool("yes"); yes {
		return nil
	}
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !isatty.IsTerminal(in.Fd()) {
		return errors.New("there is no terminal to ask at: add --yes to make the changes, or --dry-run to see them only")
	}
	if _, err := fmt.Fprint(cmd.OutOrStdout(), "Make these changes? [y/N] "); err != nil {
		return err
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if word := strings.ToLower(strings.TrimSpace(line)); word == "y" || word == "yes" {
		return nil
	}
	return &ExitError{exitDeclined, "Nothing was changed."}
}
