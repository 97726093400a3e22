package operate

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/demo"
)

func newDemo(version string) *cobra.Command {
	o := demo.Options{Version: version}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show every vendor: subscribe, publish, deliver, verify, trace",
		Long: `Start a gateway on an empty store and a local HTTPS receiver. For each vendor,
subscribe with the request of its own documentation, publish a canonical event,
and show the delivery as it was received, its signature checked the vendor's way,
its trace, and where the dashboard shows it. Then serve until interrupted.`,
		Example: `  switchhook demo
  switchhook demo --once`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			o.Out, o.Log = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return demo.Run(ctx, o)
		},
	}
	cmd.Flags().BoolVar(&o.Once, "once", false, "end after the last vendor, with an error if anything failed")
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:0", "host:port of the gateway; port 0 takes a free one")
	return cmd
}
