package operate

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
)

func newMigrate() *cobra.Command {
	var status bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to this version's schema",
		Long: `Bring the database to this version's schema. "serve" does the same at its start;
this command is for those who want it as a step of its own.

` + configHelp,
		Example: `  switchhook migrate
  switchhook migrate --status
  switchhook migrate --database postgres://user:password@db/switchhook`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			cfg, err := load(cmd)
			if err != nil {
				return err
			}
			s, err := app.OpenStore(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			defer func() {
				if e := s.Close(); err == nil {
					err = e
				}
			}()
			migrations := s.Migrate
			if status {
				migrations = s.Migrations
			}
			steps, err := migrations(cmd.Context())
			if err != nil {
				return err
			}
			for _, m := range steps {
				word := "applied"
				if !m.Applied {
					word = "pending"
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-8s %s\n", word, m.Name); err != nil {
					return err
				}
			}
			if len(steps) == 0 {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "The database is up to date.")
			}
			return err
		},
	}
	addConfigFlags(cmd)
	cmd.Flags().BoolVar(&status, "status", false, "only list the steps, and which are applied")
	return cmd
}
