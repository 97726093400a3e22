package operate

import (
	"fmt"
	stdlog "log"
	"log/slog"
	"os/signal"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
)

func newServe(version string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway",
		Long: `Run the gateway until it is interrupted.

An empty data directory gets an embedded database, a key file and the account
"default"; the operator key is printed once, or set by SWITCHHOOK_ADMIN_KEY.

` + configHelp,
		Example: `  switchhook serve
  switchhook serve --listen :8080 --data /var/lib/switchhook
  SWITCHHOOK_DATABASE=postgres://user:password@db/switchhook switchhook serve
  switchhook serve --config /etc/switchhook.yaml --log-format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, version) },
	}
	addConfigFlags(cmd)
	return cmd
}

func serve(cmd *cobra.Command, version string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	log := newLogger(cmd, cfg)
	// Libraries write to Go's own log; net/http does with bytes that subscribers sent.
	stdlog.SetFlags(0)
	stdlog.SetOutput(slog.NewLogLogger(log.Handler(), slog.LevelDebug).Writer())
	// A container's limit becomes the collector's, which then works before the kernel kills.
	if _, err := memlimit.Set(memlimit.WithRatio(0.8)); err != nil {
		log.Debug("no memory limit was found", slog.Any("reason", err))
	}
	// A second signal ends the process at once.
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go func() { <-ctx.Done(); stop() }()

	a, err := app.New(ctx, cfg, app.Options{Version: version, Log: log})
	if err != nil {
		return err
	}
	if key := a.GeneratedKey(); key != "" {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "Operator key (shown once, keep it): %s\n", key.Reveal())
		if err != nil {
			return err
		}
	}
	log.Info("ready", slog.String("listen", a.Addr().String()), slog.String("version", version))
	if err := a.Run(ctx); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}
