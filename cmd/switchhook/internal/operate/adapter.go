package operate

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
	"github.com/switchhook/switchhook/core/telemetry"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// flushTimeout bounds the export of an ending plugin's last spans.
const flushTimeout = 2 * time.Second

func newAdapter(version string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "adapter <provider>",
		Short: "Serve a bundled adapter as a plugin process",
		Long: `Serve a bundled adapter as a plugin process. The gateway starts this itself;
by hand it only tells that it is a plugin.

Bundled: ` + strings.Join(app.Bundled(), ", "),
		Example: `  switchhook adapter callbell
  switchhook adapter check ./acme-adapter`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: app.Bundled(),
		RunE: func(cmd *cobra.Command, args []string) error {
			adapter, err := app.Adapter(args[0])
			if err != nil {
				return err
			}
			// Spans of the plugin join the traces of the gateway, which says for all when the
			// collector takes none.
			t, err := telemetry.Setup(cmd.Context(), telemetry.Options{
				ServiceName: telemetry.AdapterService(args[0]), ServiceVersion: version,
				Logger: slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError})),
			})
			if err != nil {
				return err
			}
			t.SetGlobal()
			sdk.Serve(adapter)
			ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
			defer cancel()
			return t.Shutdown(ctx)
		},
	}
	cmd.AddCommand(newAdapterCheck())
	return cmd
}
