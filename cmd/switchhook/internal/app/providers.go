package app

import (
	"fmt"
	"slices"

	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/plugins/bird"
	"github.com/switchhook/switchhook/plugins/callbell"
	"github.com/switchhook/switchhook/plugins/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/standard"
	"github.com/switchhook/switchhook/plugins/vonage"
	"github.com/switchhook/switchhook/plugins/whatsapp"
)

// bundled are the adapters in this binary, by provider.
var bundled = map[string]func() sdk.Adapter{
	"bird":     bird.New,
	"callbell": callbell.New,
	"chatbot":  chatbot.New,
	"standard": standard.New,
	"vonage":   vonage.New,
	"whatsapp": whatsapp.New,
}

// Bundled lists the providers whose adapters are in this binary.
func Bundled() []string {
	names := make([]string, 0, len(bundled))
	for name := range bundled {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Adapter makes a bundled adapter.
func Adapter(name string) (sdk.Adapter, error) {
	newAdapter, ok := bundled[name]
	if !ok {
		return nil, fmt.Errorf("no bundled adapter is named %q; there are %v", name, Bundled())
	}
	return newAdapter(), nil
}

// configuredPlugins are the enabled providers, bundled and external.
func configuredPlugins(cfg config.Config) []pluginhost.Plugin {
	names := Bundled()
	for name := range cfg.Plugins {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []pluginhost.Plugin
	for _, name := range names {
		if p := cfg.Plugin(name); p.Enabled {
			out = append(out, pluginhost.Plugin{Provider: name, Path: p.Path, SHA256: p.SHA256, Settings: p.Settings})
		}
	}
	return out
}
