package pluginhost

import (
	"context"
	"log/slog"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

// link is the way to one running plugin.
type link struct {
	client adapterv1.AdapterClient
	pid    int
	// watch returns why the plugin can no longer be used, or ctx's error.
	watch func(ctx context.Context) error
	// stop ends the plugin, waits until it is gone and tells how it ended, where
	// that is of interest.
	stop func() error
	// kill ends it at once; stop is still needed.
	kill func()
}

// launchProcess starts the plugin's process and connects to it.
func (h *Host) launchProcess(ctx context.Context, p Plugin, log *slog.Logger) (*link, error) {
	if err := p.verify(); err != nil {
		return nil, err
	}
	build := h.cfg.Command
	if build == nil {
		build = command
	}
	cmd, err := build(p)
	if err != nil {
		return nil, err
	}
	running, err := pluginclient.Start(ctx, pluginclient.Options{
		Command: cmd, Env: p.Env, Log: log, TracerProvider: h.cfg.TracerProvider,
	})
	if err != nil {
		return nil, err
	}
	return &link{
		client: running.Client(), pid: running.PID(), watch: running.Watch, stop: running.Stop, kill: running.Kill,
	}, nil
}
