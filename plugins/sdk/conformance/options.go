package conformance

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Options say which adapter to check.
type Options struct {
	// Path of the adapter's binary. A name without a slash is looked up in PATH.
	Path string
	// Args that the binary is started with; the gateway starts external ones with none.
	Args []string
	// Env is added to the environment of the process, as NAME=value. Of the
	// caller's own it gets as little as from the gateway.
	Env []string
	// Settings of the operator; see [sdk.Configurer].
	Settings map[string]sdk.Secret
	// URL of the subscriber that subscriptions are made with. Defaults to one of
	// example.com, or of the document's examples, that the manifest's policy takes.
	URL string
	// Canonical is example data of canonical event types, by type. The types of
	// openapi/events.yaml are known already; what stands here goes before.
	Canonical map[string]json.RawMessage
	// Accept, where set, is another word on the manifest, after the kit's own: the
	// command of the gateway asks the gateway's router. The error is a finding.
	Accept func(sdk.Manifest) error
	// Skip names checks that are not made, each with the reason, for a vendor whose
	// own rules are not those of the kit.
	Skip map[string]string
	// CallTimeout bounds one call to the adapter. Defaults to 10 seconds: adapters do
	// no I/O, and the machine may be busy.
	CallTimeout time.Duration
	// Logger gets what the process writes; nil discards it.
	Logger *slog.Logger
	// OnResult is called when a check has ended, before the next begins.
	OnResult func(Result)
}

// prepare fills in defaults and refuses what cannot be.
func (o *Options) prepare() error {
	if o.Path == "" {
		return errNoPath
	}
	path, err := exec.LookPath(o.Path)
	if err != nil {
		return fmt.Errorf("path: %w", err)
	}
	// An absolute path does not depend on the directory that the caller is in.
	if o.Path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("path: %w", err)
	}
	for i, e := range o.Env {
		if name, _, ok := strings.Cut(e, "="); !ok || name == "" {
			return fmt.Errorf("env[%d]: must be NAME=value", i)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Canonical)) {
		if !json.Valid(o.Canonical[name]) {
			return fmt.Errorf("canonical[%s]: must be JSON", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Skip)) {
		if !slices.ContainsFunc(checks, func(c check) bool { return c.name == name }) {
			return fmt.Errorf("skip: there is no check %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	if o.CallTimeout <= 0 {
		o.CallTimeout = defaultCallTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}
