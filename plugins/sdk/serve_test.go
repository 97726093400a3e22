package sdk

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLogLinesHaveTheKeysOfGoPlugin(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(newLogHandler(&out)).With(slog.String("a", "1"))
	log.Warn("careful", slog.Group("g", slog.String("level", "kept")))
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "warn", line["@level"])
	require.Equal(t, "careful", line["@message"])
	require.Equal(t, "1", line["a"])
	require.Equal(t, map[string]any{"level": "kept"}, line["g"])
	_, err := time.Parse(hclogTime, line["@timestamp"].(string))
	require.NoError(t, err)
	require.NotContains(t, line, "level")
}

func TestExitWithParent(t *testing.T) {
	t.Parallel()
	tick := make(chan time.Time)
	parents := []int{7, 7, 1}
	exited := make(chan struct{})
	go exitWithParent(7, func() int { p := parents[0]; parents = parents[1:]; return p }, tick, func() { close(exited) })
	tick <- time.Time{}
	tick <- time.Time{}
	select {
	case <-exited:
		require.Fail(t, "ended while the gateway lived")
	case tick <- time.Time{}:
	}
	<-exited
}

func TestPluginNeedsAnAdapter(t *testing.T) {
	t.Parallel()
	require.Error(t, (&Plugin{}).GRPCServer(nil, nil))
}

func TestRemoveSockets(t *testing.T) {
	t.Parallel()
	removeSockets("")
	for _, other := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "sockets")
		require.NoError(t, os.Mkdir(dir, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "plugin123"), nil, 0o600))
		if other {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "other"), nil, 0o600))
		}
		removeSockets(dir)
		left, err := os.ReadDir(dir)
		require.Equal(t, other, err == nil)
		require.Len(t, left, map[bool]int{false: 0, true: 1}[other])
	}
}
