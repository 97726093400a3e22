package pluginhost

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/go-plugin"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Plugin is the configuration of one plugin.
type Plugin struct {
	// Provider that the plugin must describe.
	Provider string
	// Path of an external binary, absolute; "" is the gateway's own executable.
	Path string
	// SHA256 of the external binary in hex; required with Path. It is checked at
	// every start. Install the binary where only its administrator can write.
	SHA256 string
	// Env is added to the plugin's environment, as NAME=value.
	Env []string
	// Settings are handed to the adapter; see [sdk.Configurer].
	Settings map[string]sdk.Secret
}

// settings in clear, for the wire.
func (p Plugin) settings() map[string]string {
	out := make(map[string]string, len(p.Settings))
	for name, value := range p.Settings {
		out[name] = value.Reveal()
	}
	return out
}

var pluginName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (p Plugin) check() error {
	if !pluginName.MatchString(p.Provider) {
		return errors.New("the provider's name must be 1 to 32 lower-case letters, digits and hyphens that start with a letter")
	}
	for i, e := range p.Env {
		if name, _, ok := strings.Cut(e, "="); !ok || name == "" {
			return fmt.Errorf("env[%d]: must be NAME=value", i)
		}
	}
	if p.Path == "" {
		if p.SHA256 != "" {
			return errors.New("sha256: is for external binaries; set path too")
		}
		return nil
	}
	if !filepath.IsAbs(p.Path) {
		return fmt.Errorf("path: %q must be absolute", p.Path)
	}
	if _, err := p.checksum(); err != nil {
		return fmt.Errorf("sha256: %w", err)
	}
	return nil
}

func (p Plugin) checksum() ([]byte, error) {
	sum, err := hex.DecodeString(p.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return nil, errors.New("must be 64 hexadecimal digits, as `sha256sum` prints them")
	}
	return sum, nil
}

// verify compares an external binary with its checksum.
func (p Plugin) verify() error {
	if p.Path == "" {
		return nil
	}
	sum, err := p.checksum()
	if err != nil {
		return fmt.Errorf("sha256: %w", err)
	}
	ok, err := (&plugin.SecureConfig{Checksum: sum, Hash: sha256.New()}).Check(p.Path)
	if err != nil {
		return fmt.Errorf("cannot verify %s: %w", p.Path, err)
	}
	if !ok {
		return fmt.Errorf("%s does not have the configured sha256; if it was replaced on purpose, configure the new one", p.Path)
	}
	return nil
}

// command is the default of [Config.Command].
func command(p Plugin) (*exec.Cmd, error) {
	if p.Path != "" {
		return exec.Command(p.Path), nil //nolint:noctx // the operator's own configuration; ended by the host
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the gateway's executable: %w", err)
	}
	return exec.Command(self, "adapter", p.Provider), nil //nolint:noctx // as above
}
