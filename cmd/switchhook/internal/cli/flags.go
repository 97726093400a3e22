package cli

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// stringFlag returns a flag's value, nil if it was not given.
func stringFlag(cmd *cobra.Command, name string) *string {
	if !cmd.Flags().Changed(name) {
		return nil
	}
	v, _ := cmd.Flags().GetString(name)
	return &v
}

// listFlag returns a flag's values, nil if it was not given.
func listFlag(cmd *cobra.Command, name string) *[]string {
	if !cmd.Flags().Changed(name) {
		return nil
	}
	v, _ := cmd.Flags().GetStringSlice(name)
	return &v
}

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

// secondsFlag reads a duration of whole seconds, which the API counts in; nil if
// it was not given.
func secondsFlag(cmd *cobra.Command, flag string) (*int, error) {
	if !cmd.Flags().Changed(flag) {
		return nil, nil
	}
	d, _ := cmd.Flags().GetDuration(flag)
	if d < 0 || d%time.Second != 0 {
		return nil, fmt.Errorf("--%s: must be whole seconds, and not below 0, such as 24h or 90s", flag)
	}
	seconds := int(d / time.Second)
	return &seconds, nil
}
