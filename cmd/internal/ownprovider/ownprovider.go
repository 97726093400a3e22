// Package ownprovider is a provider that a measuring program serves itself, as
// an external plugin of the gateway that it measures: standard, but with retries
// that one can wait for.
package ownprovider

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/standard"
)

const budget = 24 * time.Hour

// Provider is one.
type Provider struct {
	// Name of the provider, and its title for people.
	Name, Title string
	// Timeout of an attempt.
	Timeout time.Duration
	// Schedule of the waits before retries; the last repeats for a day.
	Schedule []time.Duration
}

// Wanted tells whether a gateway has started this process as its plugin.
func Wanted() bool { return os.Getenv(sdk.Handshake.MagicCookieKey) == sdk.Handshake.MagicCookieValue }

// Serve is the plugin's main function.
func (p Provider) Serve() { sdk.Serve(p.Adapter()) }

// Adapter returns what the plugin serves.
func (p Provider) Adapter() sdk.Adapter { return adapter{standard.New(), p} }

type adapter struct {
	sdk.Adapter
	provider Provider
}

// Manifest implements [sdk.Adapter].
func (a adapter) Manifest() sdk.Manifest {
	m := a.Adapter.Manifest()
	m.Provider, m.Title = a.provider.Name, a.provider.Title
	m.Delivery = sdk.DeliveryPolicy{Timeout: a.provider.Timeout, Schedule: a.provider.Schedule, Budget: budget, Jitter: m.Delivery.Jitter}
	return m
}

// WriteConfig writes a gateway's configuration that has binary as its plugin.
func (p Provider) WriteConfig(file, binary string) (err error) {
	f, err := os.Open(binary) //nolint:gosec // this program itself
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	// JSON is YAML.
	text, err := json.Marshal(map[string]any{"plugins": map[string]any{p.Name: map[string]any{
		"enabled": true, "path": binary, "sha256": hex.EncodeToString(sum.Sum(nil)),
	}}})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
