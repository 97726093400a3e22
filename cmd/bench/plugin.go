package main

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

// ownProvider is the provider that this binary serves, for the cases that wait
// for retries: standard, but with retries that one can wait for.
const ownProvider = "bench"

const (
	ownTimeout    = 10 * time.Second
	ownFirstRetry = 2 * time.Second
	ownRetry      = 5 * time.Second
)

type adapter struct{ sdk.Adapter }

func newAdapter() sdk.Adapter { return adapter{standard.New()} }

// Manifest implements [sdk.Adapter].
func (a adapter) Manifest() sdk.Manifest {
	m := a.Adapter.Manifest()
	m.Provider, m.Title = ownProvider, "Benchmark"
	m.Delivery = sdk.DeliveryPolicy{
		Timeout: ownTimeout, Schedule: []time.Duration{ownFirstRetry, ownRetry}, Budget: 24 * time.Hour, Jitter: m.Delivery.Jitter,
	}
	return m
}

// writeConfig writes a gateway's configuration that has binary as its plugin.
func writeConfig(file, binary string) (err error) {
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
	text, err := json.Marshal(map[string]any{"plugins": map[string]any{ownProvider: map[string]any{
		"enabled": true, "path": binary, "sha256": hex.EncodeToString(sum.Sum(nil)),
	}}})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
