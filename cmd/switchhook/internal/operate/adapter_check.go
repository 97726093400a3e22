package operate

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/core/gateway"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/conformance"
)

var errNotConformant = errors.New("the adapter does not conform; see the findings")

func newAdapterCheck() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check <path> [args...]",
		Short: "Check an adapter's binary as the gateway would use it",
		Long: `Check an adapter's binary as the gateway would use it: the command starts the
process, plays the gateway with an engine in memory, and holds manifest, answers,
errors, limits, deliveries and signatures against the manifest and its OpenAPI
document. It needs no gateway and no network, and takes seconds.

It prints a table of the checks, then every finding with its remedy, and exits
with 1 where there is one. Flags stand before the path; what follows the path is
the adapter's own.`,
		Example: `  switchhook adapter check ./acme-adapter
  switchhook adapter check --setting token=secret --env ACME_REGION=eu ./acme-adapter
  switchhook adapter check switchhook adapter callbell`,
		Args: cobra.MinimumNArgs(1),
		RunE: flags.run,
	}
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringArrayVar(&flags.settings, "setting", nil, "setting of the adapter, as NAME=VALUE; may be repeated")
	f.StringArrayVar(&flags.env, "env", nil, "environment variable of the process, as NAME=VALUE; may be repeated")
	f.StringArrayVar(&flags.skip, "skip", nil, "check that is not made, as NAME=REASON; may be repeated")
	f.StringVar(&flags.url, "url", "", "URL of a subscriber that the vendor accepts (default: one of example.com)")
	f.StringVar(&flags.canonical, "canonical", "", "JSON file with example data of canonical events, {type: data}")
	f.BoolVar(&flags.logs, "logs", false, "print what the adapter logs to standard error")
	return cmd
}

type checkFlags struct {
	settings, env, skip []string
	url, canonical      string
	logs                bool
}

func (f *checkFlags) run(cmd *cobra.Command, args []string) error {
	options, err := f.options(cmd, args)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if err := conformance.WriteHeading(out); err != nil {
		return err
	}
	var broken error // the first row that could not be written
	options.OnResult = func(r conformance.Result) { broken = errors.Join(broken, r.WriteRow(out)) }
	report, err := conformance.Check(cmd.Context(), options)
	if err = errors.Join(err, broken); err != nil {
		return err
	}
	if err := report.WriteFindings(out); err != nil {
		return err
	}
	if !report.OK() {
		return errNotConformant
	}
	_, err = fmt.Fprintf(out, "\n%s %s conforms.\n", report.Provider, report.Version)
	return err
}

func (f *checkFlags) options(cmd *cobra.Command, args []string) (conformance.Options, error) {
	o := conformance.Options{Path: args[0], Args: args[1:], Env: f.env, URL: f.url, Settings: map[string]sdk.Secret{}}
	o.Accept = func(m sdk.Manifest) error {
		p, err := provider.New(m)
		if err != nil {
			return err
		}
		return gateway.Accepts(p)
	}
	settings, err := pairs("setting", f.settings)
	if err != nil {
		return o, err
	}
	for name, value := range settings {
		o.Settings[name] = sdk.Secret(value)
	}
	if o.Skip, err = pairs("skip", f.skip); err != nil {
		return o, err
	}
	if f.canonical != "" {
		b, err := os.ReadFile(f.canonical)
		if err != nil {
			return o, fmt.Errorf("--canonical: %w", err)
		}
		if err := json.Unmarshal(b, &o.Canonical); err != nil {
			return o, fmt.Errorf("--canonical: %s must be a JSON object of data by event type: %w", f.canonical, err)
		}
	}
	if f.logs {
		o.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return o, nil
}

// pairs reads NAME=VALUE flags. A value is not quoted: it may be a credential.
func pairs(flag string, values []string) (map[string]string, error) {
	out := make(map[string]string, len(values))
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--%s: must be NAME=VALUE", flag)
		}
		out[name] = value
	}
	return out, nil
}
