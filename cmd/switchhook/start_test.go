package main

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store/storetest"
)

// command runs the binary to its end and returns its output.
func command(t *testing.T, env []string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}, env...)
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// A start that cannot succeed fails at once, with one line that names what to do.
func TestServeFailsAtStart(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = busy.Close() })
	running := startGateway(t, "")
	var runningData string
	for _, e := range running.env {
		if dir, ok := strings.CutPrefix(e, "SWITCHHOOK_DATA="); ok {
			runningData = dir
		}
	}
	notAPlugin := filepath.Join(t.TempDir(), "config.yaml")
	binary, err := exec.LookPath("true")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(notAPlugin, []byte("plugins:\n  other:\n    enabled: true\n    path: "+binary+
		"\n    sha256: "+strings.Repeat("0", 64)+"\n"), 0o600))
	for name, c := range map[string]struct {
		env  []string
		args []string
		want []string
	}{
		"PortInUse":       {args: []string{"--listen", busy.Addr().String()}, want: []string{"listen", "in use", "--listen"}},
		"DataInUse":       {env: []string{"SWITCHHOOK_DATA=" + runningData}, want: []string{"data", "in use by another process"}},
		"UnknownSetting":  {env: []string{"SWITCHHOOK_LISTENN=:1"}, want: []string{"SWITCHHOOK_LISTENN"}},
		"NoDatabase":      {env: []string{"SWITCHHOOK_DATABASE=postgres://u:hidden-word@127.0.0.1:1/x"}, want: []string{"database"}},
		"BadSecretKey":    {env: []string{"SWITCHHOOK_SECRET_KEY=short"}, want: []string{"secret_key", "32"}},
		"MissingFile":     {args: []string{"--config", "/nowhere.yaml"}, want: []string{"/nowhere.yaml"}},
		"NoCA":            {args: []string{"--egress-ca", "/nowhere.pem"}, want: []string{"/nowhere.pem"}},
		"ShortAdminKey":   {env: []string{"SWITCHHOOK_ADMIN_KEY=short"}, want: []string{"admin_key", "16"}},
		"UnknownFlag":     {args: []string{"--nonsense"}, want: []string{"--nonsense"}},
		"ChangedPlugin":   {args: []string{"--config", notAPlugin}, want: []string{"other", "sha256"}},
		"SurplusArgument": {args: []string{"now"}, want: []string{"now"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := append([]string{"SWITCHHOOK_DATA=" + filepath.Join(t.TempDir(), "data"), "SWITCHHOOK_LISTEN=127.0.0.1:0"}, c.env...)
			out, code := command(t, env, append([]string{"serve"}, c.args...)...)
			require.Equal(t, 1, code, "%s", out)
			for _, want := range c.want {
				require.Contains(t, out, want)
			}
			require.NotContains(t, out, "panic")
			require.NotContains(t, out, "hidden-word")
			require.NotContains(t, out, "Usage:")
		})
	}
}

// A second start with another key must not read, or write, with it.
func TestServeRefusesAnotherSecretKey(t *testing.T) {
	t.Parallel()
	key := func() string {
		b := make([]byte, 32)
		_, _ = rand.Read(b)
		return base64.StdEncoding.EncodeToString(b)
	}
	database := storetest.Postgres(t).Reveal()
	g := startGateway(t, database, "SWITCHHOOK_SECRET_KEY="+key())
	require.Zero(t, g.stop(syscall.SIGTERM))
	out, code := command(t, []string{"SWITCHHOOK_DATA=" + t.TempDir(), "SWITCHHOOK_LISTEN=127.0.0.1:0", "SWITCHHOOK_DATABASE=" + database, "SWITCHHOOK_SECRET_KEY=" + key()}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, out, "secret_key")
}

func TestFirstStartPrintsTheKeyOnce(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", "SWITCHHOOK_ADMIN_KEY=")
	require.NotContains(t, g.log.String(), "swh_", "the log has no key")
	require.Zero(t, g.stop(syscall.SIGTERM))
	first := g.output.String()
	require.Contains(t, first, "Operator key (shown once, keep it): swh_")
	g.start()
	require.Zero(t, g.stop(syscall.SIGTERM))
	require.Equal(t, first, g.output.String(), "shown once")
}

func TestCommandsHaveHelpWithExamples(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("about texts: runs without -short")
	}
	for _, name := range []string{"serve", "demo", "migrate", "config", "adapter", "version"} {
		out, code := command(t, nil, name, "--help")
		require.Zero(t, code)
		require.Contains(t, out, "Examples:", name)
	}
	out, code := command(t, nil, "adapter", "nobody")
	require.Equal(t, 1, code)
	require.Contains(t, out, "callbell")
	out, code = command(t, nil, "adapter", "callbell")
	require.NotZero(t, code, "by hand it only says that it is a plugin")
	require.Contains(t, out, "plugin")
	out, code = command(t, []string{"SWITCHHOOK_DATA=" + filepath.Join(t.TempDir(), "data")}, "migrate")
	require.Zero(t, code, "%s", out)
	require.Contains(t, out, "applied")
	out, code = command(t, []string{"SWITCHHOOK_DATABASE=postgres://u:hidden-word@h/x"}, "config")
	require.Zero(t, code)
	require.NotContains(t, out, "hidden-word")
}
