package operate

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/cmd/switchhook/internal/doctor"
)

func newDoctor(version string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine what a gateway needs, or one that runs",
		Long: `Examine what a gateway of this configuration needs on this machine: the data
directory, the store and its clock, the plugins, the way to subscribers and to the
collector of traces. Or, with --server, a gateway that runs. Each thing is ok, warn
or fail, with its remedy. Nothing is changed.

Exit codes: 0 nothing fails, 1 something does.

` + configHelp,
		Example: `  switchhook doctor
  switchhook doctor --config /etc/switchhook.yaml --url https://example.com/hooks
  switchhook doctor --server http://127.0.0.1:8080`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			format, err := answer.Format(cmd.Flags())
			if err != nil {
				return err
			}
			report, err := examine(cmd, version)
			if err != nil {
				return err
			}
			if err := writeReport(cmd, format, report); err != nil {
				return err
			}
			if n := report.Failed(); n > 0 {
				return fmt.Errorf("%d of %d checks failed", n, len(report))
			}
			return nil
		},
	}
	addConfigFlags(cmd)
	cmd.Flags().String("url", "", "URL of a subscriber to reach, with a HEAD request")
	cmd.Flags().String("server", "", "URL of a gateway that runs, to examine in place of this machine")
	cmd.Flags().String("key", "", "API key for --server (SWITCHHOOK_KEY)")
	answer.AddFormat(cmd.Flags())
	cmd.MarkFlagsMutuallyExclusive("server", "url")
	return cmd
}

func examine(cmd *cobra.Command, version string) (doctor.Report, error) {
	flag := func(name string) string { v, _ := cmd.Flags().GetString(name); return v }
	if server := flag("server"); server != "" {
		key := flag("key")
		if key == "" {
			key = os.Getenv("SWITCHHOOK_KEY")
		}
		return doctor.Server{URL: server, Key: key}.Examine(cmd.Context()), nil
	}
	if flag("key") != "" {
		return nil, errors.New("--key: goes with --server")
	}
	cfg, err := load(cmd)
	if err != nil {
		return doctor.Report{{Name: "configuration", State: doctor.StateFail, Detail: err.Error(), Remedy: "correct it; the rest is not looked at"}}, nil //nolint:nilerr // it is a finding
	}
	return doctor.Machine{Config: cfg, Version: version, URL: flag("url"), Getenv: os.Getenv}.Examine(cmd.Context()), nil
}

func writeReport(cmd *cobra.Command, format string, report doctor.Report) error {
	if format == answer.Table {
		return report.Write(cmd.OutOrStdout())
	}
	body, err := json.Marshal(struct {
		Items doctor.Report `json:"items"`
	}{report})
	if err != nil {
		return err
	}
	return answer.Print(cmd.OutOrStdout(), format, body)
}
