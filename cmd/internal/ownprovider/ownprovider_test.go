package ownprovider

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/config"
)

// The gateway takes the configuration that names this program as a plugin.
func TestConfig(t *testing.T) {
	t.Parallel()
	p := Provider{Name: "own", Title: "Own", Timeout: time.Second, Schedule: []time.Duration{time.Minute}}
	file := filepath.Join(t.TempDir(), "switchhook.yaml")
	require.NoError(t, p.WriteConfig(file, os.Args[0]))
	cfg, err := config.Load(file, nil, nil)
	require.NoError(t, err)
	require.NoError(t, cfg.Validate())
	require.Equal(t, os.Args[0], cfg.Plugin("own").Path)
	require.ErrorIs(t, p.WriteConfig(file, "/nowhere"), os.ErrNotExist)
	m := p.Adapter().Manifest()
	require.Equal(t, "own", m.Provider)
	require.Equal(t, "Own", m.Title)
	require.Equal(t, p.Schedule, m.Delivery.Schedule)
	require.False(t, Wanted())
}
