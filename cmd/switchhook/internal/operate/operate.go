// Package operate holds the commands that work on this machine: serve, demo, migrate,
// config, adapter, doctor and version.
package operate

import (
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/core/telemetry"
)

// Commands returns the commands, for the root.
func Commands(version string) []*cobra.Command {
	return []*cobra.Command{
		newServe(version), newMigrate(), newConfig(), newAdapter(version), newVersion(version), newDemo(version), newDoctor(version),
	}
}

const configHelp = `Settings come from a YAML file (--config), SWITCHHOOK_* variables and flags, in
rising order. "switchhook config" prints the effective ones and where each came from.`

// addConfigFlags registers every setting and --config.
func addConfigFlags(cmd *cobra.Command) {
	cmd.Flags().String("config", "", "YAML file with settings (SWITCHHOOK_CONFIG)")
	config.RegisterFlags(cmd.Flags())
}

// load reads the effective configuration of a command.
func load(cmd *cobra.Command) (config.Config, error) {
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return config.Config{}, err
	}
	if path == "" {
		path = os.Getenv("SWITCHHOOK_CONFIG")
	}
	return config.Load(path, cmd.Flags(), os.Environ())
}

func newLogger(cmd *cobra.Command, c config.Config) *slog.Logger {
	return telemetry.NewLogger(cmd.ErrOrStderr(), c.Log.Format, c.Log.Level)
}
