package main

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
	"github.com/switchhook/switchhook/plugins/sdk/conformance"
)

// TestBundledAdaptersConform holds the adapters that we deliver to what we ask of
// others.
func TestBundledAdaptersConform(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long, and about answers: runs without -short")
	}
	for _, name := range app.Bundled() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, conformance.Options{Path: os.Args[0], Args: []string{"adapter", name}})
		})
	}
}

func TestExternalAdapterConforms(t *testing.T) {
	t.Parallel()
	binary, _ := buildFastPlugin(t)
	conformance.Run(t, conformance.Options{Path: binary})
}

func TestAdapterCheckCommand(t *testing.T) {
	t.Parallel()
	binary, _ := buildFastPlugin(t)
	canonical := t.TempDir() + "/canonical.json"
	require.NoError(t, os.WriteFile(canonical, []byte(`[]`), 0o600))
	for name, test := range map[string]struct {
		args   []string
		fails  bool
		output []string
	}{
		"conforms":     {[]string{binary}, false, []string{"CHECK ", "malformed    ok ", "fast 1.0.0 conforms."}},
		"with args":    {[]string{os.Args[0], "adapter", "standard"}, false, []string{"standard 1.0.0 conforms."}},
		"skips":        {[]string{"--skip", "malformed=in a hurry", binary}, false, []string{"malformed    skipped", "in a hurry"}},
		"no plugin":    {[]string{os.Args[0], "version"}, true, []string{"start        FAILED", "did not greet", "Remedy: serve the adapter", "render       skipped", "does not conform"}},
		"settings":     {[]string{"--setting", "a=hidden-value", binary}, true, []string{"settings: this adapter takes none"}},
		"not there":    {[]string{"./no-such-adapter"}, true, []string{"Error: path: ", "no-such-adapter"}},
		"no path":      {nil, true, []string{"requires at least 1 arg"}},
		"bad setting":  {[]string{"--setting", "hidden-value", binary}, true, []string{"--setting: must be NAME=VALUE"}},
		"bad skip":     {[]string{"--skip", "all=x", binary}, true, []string{`there is no check "all"; there are start, manifest`}},
		"no such file": {[]string{"--canonical", "nothing.json", binary}, true, []string{"--canonical: open nothing.json"}},
		"bad file":     {[]string{"--canonical", canonical, binary}, true, []string{"must be a JSON object of data by event type"}},
		"help":         {[]string{"--help"}, false, []string{"switchhook adapter check ./acme-adapter", "--setting"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			cmd := exec.Command(os.Args[0], append([]string{"adapter", "check"}, test.args...)...)
			cmd.Stdout, cmd.Stderr = &out, &out
			err := cmd.Run()
			require.Equal(t, test.fails, err != nil, "%s", &out)
			for _, want := range test.output {
				require.Contains(t, out.String(), want)
			}
			require.NotContains(t, out.String(), "hidden-value")
		})
	}
}
