package cli

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// idFlag reads an id; nil if it was not given.
func idFlag(cmd *cobra.Command, name, what string) (*uuid.UUID, error) {
	text := stringFlag(cmd, name)
	if text == nil {
		return nil, nil
	}
	id, err := parseID(*text, what)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", name, err)
	}
	return &id, nil
}

// timeFlag reads a moment, or how long ago it was; nil if it was not given.
func timeFlag(cmd *cobra.Command, flag string) (*time.Time, error) {
	text := stringFlag(cmd, flag)
	if text == nil {
		return nil, nil
	}
	if ago, err := time.ParseDuration(*text); err == nil && ago >= 0 {
		at := time.Now().Add(-ago).UTC()
		return &at, nil
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		return nil, fmt.Errorf("--%s: %q must be a time such as 2026-11-21T09:00:00Z, or how long ago, such as 24h", flag, *text)
	}
	return &at, nil
}
