package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	doctorTimes = regexp.MustCompile(`([0-9.]+)(µs|ms|ns|s)\b`)
	doctorSpace = regexp.MustCompile(`[0-9]+ MiB free`)
	doctorData  = regexp.MustCompile(`/\S*/data\b`)
)

// typical replaces what differs from machine to machine.
func typical(text string) string {
	text = doctorTimes.ReplaceAllString(text, "1ms")
	text = doctorSpace.ReplaceAllString(text, "51200 MiB free")
	return doctorData.ReplaceAllString(text, "/var/lib/switchhook/data")
}

// A gateway's life as the doctor sees it: before its first start, while it
// runs, and after.
func TestDoctor(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	data := filepath.Join(t.TempDir(), "data")
	g := &gateway{t: t, log: &logBuffer{}, env: []string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "SWITCHHOOK_DATA=" + data,
		"SWITCHHOOK_LISTEN=127.0.0.1:0", "SWITCHHOOK_ADMIN_KEY=" + operatorKey,
	}}
	c := &console{t: t, dir: t.TempDir(), env: g.env}
	out := c.quiet(0, "doctor")
	require.Contains(t, out, "is made at the first start")
	require.NoDirExists(t, data, "looking makes nothing")

	g.start()
	t.Cleanup(func() { g.stop(syscall.SIGTERM) })
	require.Contains(t, c.quiet(0, "doctor"), "a gateway that runs has it open")
	running := &console{t: t, dir: c.dir, env: append(c.env, "SWITCHHOOK_KEY="+operatorKey)}
	running.run(0, "doctor", "--server", g.base)
	require.Contains(t, c.quiet(0, "doctor", "--server", g.base), "SWITCHHOOK_KEY", "without a key")
	require.Contains(t, c.quiet(1, "doctor", "--server", g.base, "--key", "swh_hidden-word"), "401")
	require.Zero(t, g.stop(syscall.SIGTERM))

	stopped := &console{t: t, dir: c.dir, env: c.env}
	stopped.run(0, "doctor")
	inPage(t, "doctor", typical(stopped.seen.String()))
	inPage(t, "doctor-server", typical(running.seen.String()))
	require.Contains(t, running.quiet(1, "doctor", "--server", g.base), "remedy: start it")
	require.Contains(t, c.quiet(0, "doctor", "-o", "yaml"), "- name: configuration\n    state: ok\n")

	mine := newReceiver(t, nil)
	require.Contains(t, c.quiet(1, "doctor", "--url", mine.URL), "not public")
	require.Contains(t, c.quiet(0, "doctor", "--url", mine.URL, "--egress-allow", "127.0.0.0/8"), "answers HEAD with 200")
	require.NoError(t, os.Rename(filepath.Join(data, "secret.key"), filepath.Join(data, "away")))
	require.Contains(t, c.quiet(1, "doctor"), "the database has lost its key")
	require.NoFileExists(t, filepath.Join(data, "secret.key"))
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	plugin := "plugins:\n  other:\n    enabled: true\n    path: /bin/true\n    sha256: \"" + strings.Repeat("0", 64) + "\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "plugin.yaml"), []byte(plugin), 0o600))
	for name, c := range map[string]struct {
		env  []string
		args []string
		code int
		want []string
	}{
		"Configuration": {nil, []string{"--listen", "nowhere"}, 1, []string{"fail  configuration", "listen"}},
		"Data":          {[]string{"SWITCHHOOK_DATA=" + dir + "/file"}, nil, 1, []string{"fail  data directory", "is not a directory"}},
		"Plugin":        {nil, []string{"--config", dir + "/plugin.yaml"}, 1, []string{"fail  plugin other", "sha256", "ok    plugin standard"}},
		"Database":      {[]string{"SWITCHHOOK_DATABASE=postgres://u:hidden-word@127.0.0.1:1/x", "SWITCHHOOK_SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}, nil, 1, []string{"fail  store", "--database"}},
		"Exporter":      {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + closed.Addr().String()}, nil, 0, []string{"warn  exporter", "start the collector"}},
		"Server":        {nil, []string{"--server", "http://" + closed.Addr().String()}, 1, []string{"fail  gateway", "--server"}},
		"KeyAlone":      {nil, []string{"--key", "a"}, 1, []string{"goes with --server"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := &console{t: t, dir: t.TempDir(), env: append([]string{
				"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "SWITCHHOOK_DATA=" + filepath.Join(t.TempDir(), "data"),
			}, c.env...)}
			out := x.quiet(c.code, append([]string{"doctor"}, c.args...)...)
			for _, want := range c.want {
				require.Contains(t, out, want)
			}
			require.NotContains(t, out, "hidden-word")
		})
	}
}
