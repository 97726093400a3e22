// Package programtest lets a program's test binary be what the program is besides,
// and builds the gateway that its tests start.
package programtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/program"
)

// buildLimit bounds the build; a build that has the packages already takes seconds.
const buildLimit = 5 * time.Minute

// buildDir goes with the test binary.
var buildDir string

// Main is a program's TestMain: the receiver or the plugin, else the tests.
func Main(m *testing.M, main func()) {
	if program.Wanted() {
		main()
		return
	}
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "switchhook-program-test-")
	if err != nil {
		return "", err
	}
	buildDir = dir
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()
	binary := filepath.Join(dir, "switchhook")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/switchhook/switchhook/cmd/switchhook").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

// Gateway builds the gateway, once, and returns the path of its binary.
func Gateway(t *testing.T) string {
	t.Helper()
	binary, err := build()
	require.NoError(t, err)
	return binary
}
