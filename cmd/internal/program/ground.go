package program

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/switchhook/switchhook/cmd/internal/ownprovider"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

// Ground is what a program's runs stand on: a directory and a receiver.
type Ground struct {
	// Dir holds all that is written; it goes with the program.
	Dir string
	// Receiver counts what arrives, in a process of its own.
	Receiver *receiver.Receiver
}

// NewGround makes a directory below data, whose name begins with prefix, and starts
// the receiver. Whatever it returns is to be closed, with an error too.
func NewGround(ctx context.Context, data, prefix string, provider ownprovider.Provider) (*Ground, error) {
	g := &Ground{}
	var err error
	if g.Dir, err = os.MkdirTemp(data, prefix); err != nil {
		return g, fmt.Errorf("--data: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return g, err
	}
	if err := provider.WriteConfig(g.ConfigFile(), self); err != nil {
		return g, err
	}
	g.Receiver, err = receiver.Start(ctx, self, ReceiverCommand)
	return g, err
}

// ConfigFile tells gateways of the plugin that this program is.
func (g *Ground) ConfigFile() string { return filepath.Join(g.Dir, "switchhook.yaml") }

// Close stops the receiver and removes the directory.
func (g *Ground) Close() error {
	if g.Receiver != nil {
		// Its end is of no interest: an interrupt ends it too.
		_ = g.Receiver.Stop()
	}
	if g.Dir == "" {
		return nil
	}
	return os.RemoveAll(g.Dir)
}
