package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/apply"
	"github.com/switchhook/switchhook/cmd/switchhook/internal/takeover"
)

func newSubscriptionImport() *cobra.Command {
	vendors := strings.Join(takeover.Vendors(), ", ")
	cmd := &cobra.Command{
		Use:   "import --from VENDOR",
		Short: "Take over the webhooks of an account at a vendor",
		Long: `Take over the webhooks of an account at a vendor: the command reads them through
the vendor's API and makes the same ones here, for the provider of that name. It
shows what it would make, asks, and makes it. Webhooks that are here already stay
as they are. Nothing is changed at the vendor.

Vendors: ` + vendors + `. Callbell's API does not show its webhook.

Signing secrets that a vendor's API does not show are named in the plan. State
them in a YAML file, for --secrets, by the webhook's id at the vendor:

  2V1lVz6FeKOuVLEpSU6M0aqkM9b: ${PRESENCE_SECRET}

Exit codes are those of "switchhook apply".`,
		Example: `  switchhook subscription import --from chatbot --token - < token.txt
  switchhook subscription import --from bird --workspace a1405560-c8d3-4b1a-877d-3f449ad95352 --dry-run
  switchhook subscription import --from vonage --url https://emea.api.newvoicemedia.com --secrets secrets.yaml --yes`,
		Args: cobra.NoArgs,
		RunE: importRun,
	}
	f := cmd.Flags()
	f.String("from", "", "the vendor: "+vendors)
	f.String("token", "", "the vendor's token for the account; - reads it from standard input (SWITCHHOOK_VENDOR_TOKEN)")
	f.String("url", "", "URL of the vendor's API, where it is not the usual one")
	f.String("workspace", "", "Bird: id of the workspace")
	f.String("organization", "", "Bird: id of the organization, where paths are to name it")
	f.String("secrets", "", "YAML file with signing secrets by id")
	addPlanFlags(cmd)
	completeFlag(cmd, "from", words(takeover.Vendors()...))
	_ = cmd.MarkFlagRequired("from") // fails for an unknown flag alone
	return cmd
}

func importRun(cmd *cobra.Command, _ []string) error {
	s, err := connect(cmd)
	if err != nil {
		return err
	}
	vendor, _ := cmd.Flags().GetString("from")
	from, err := vendorSide(cmd)
	if err != nil {
		return err
	}
	secrets, err := secretsFile(cmd)
	if err != nil {
		return err
	}
	to := takeover.Side{URL: s.server + "/" + vendor, Token: s.key, Account: s.account}
	webhooks, err := takeover.Plan(cmd.Context(), vendor, from, to)
	if err != nil {
		return err
	}
	for id := range secrets {
		if !slices.ContainsFunc(webhooks, func(w takeover.Webhook) bool { return w.ID == id }) {
			return fmt.Errorf("--secrets: the vendor has no webhook %s", cell(id))
		}
	}
	count, err := showImport(cmd, vendor, webhooks, secrets)
	if err != nil || count == 0 {
		return err
	}
	if err := agree(cmd); err != nil {
		return err
	}
	return makeAll(cmd.Context(), cmd, webhooks, secrets)
}

func vendorSide(cmd *cobra.Command) (takeover.Side, error) {
	var side takeover.Side
	side.URL, _ = cmd.Flags().GetString("url")
	side.Workspace, _ = cmd.Flags().GetString("workspace")
	side.Organization, _ = cmd.Flags().GetString("organization")
	token, err := secretFlag(cmd, "token")
	switch {
	case err != nil:
		return side, err
	case token != nil:
		side.Token = strings.TrimSpace(*token)
	default:
		side.Token = strings.TrimSpace(os.Getenv("SWITCHHOOK_VENDOR_TOKEN"))
	}
	if side.Token == "" {
		return side, errors.New("the vendor's token is missing: set SWITCHHOOK_VENDOR_TOKEN, or --token")
	}
	return side, nil
}

func secretsFile(cmd *cobra.Command) (map[string]string, error) {
	name, _ := cmd.Flags().GetString("secrets")
	if name == "" {
		return nil, nil
	}
	content, err := input(cmd, "secrets", "@"+name)
	if err != nil {
		return nil, err
	}
	return apply.ParseStrings(name, content)
}

// showImport writes the plan and returns how many webhooks it makes.
func showImport(cmd *cobra.Command, vendor string, webhooks []takeover.Webhook, secrets map[string]string) (count int, err error) {
	p := newPrinter(cmd)
	for i := range webhooks {
		w := &webhooks[i]
		if w.Present {
			p.line("= " + vendor + " " + w.Title + " is here already")
			continue
		}
		count++
		p.line("+ " + vendor + " " + w.Title)
		for _, f := range w.Fields {
			p.row("    "+f.Name, f.Value)
		}
		p.row("    id there", w.ID)
		switch {
		case secrets[w.ID] != "":
			p.row("    secret", "that of --secrets")
		case w.Unsigned != "":
			p.row("    secret", w.Unsigned)
		}
	}
	p.line(fmt.Sprintf("Plan: %d to make, %d here already.", count, len(webhooks)-count))
	return count, p.flush()
}

// makeAll makes what is not here; one that fails does not stop the others.
func makeAll(ctx context.Context, cmd *cobra.Command, webhooks []takeover.Webhook, secrets map[string]string) error {
	var failed []error
	made := 0
	for i := range webhooks {
		w := &webhooks[i]
		if w.Present {
			continue
		}
		made++
		secret, err := w.Make(ctx, secrets[w.ID])
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", cell(w.Title), err))
			continue
		}
		note := ""
		if secret != "" {
			note = ", its secret (shown once): " + cell(secret)
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "made %s%s\n", cell(w.Title), note); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d failed:\n%w", len(failed), made, errors.Join(failed...))
	}
	return nil
}
