package app

import (
	"log/slog"

	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/pluginhost"
)

// NewEgress returns the client that a gateway of this configuration would send
// with.
func NewEgress(cfg config.Config, version string) (*egress.Client, error) {
	return (&App{cfg: cfg, opts: Options{Version: version}}).newEgress()
}

// NewPluginHost returns the plugins of a configuration, not started.
func NewPluginHost(cfg config.Config, version string, log *slog.Logger) (*pluginhost.Host, error) {
	return pluginhost.New(pluginhost.Config{Plugins: configuredPlugins(cfg), Log: log, Version: version})
}
