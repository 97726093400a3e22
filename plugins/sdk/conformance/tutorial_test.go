package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root of the repository, and the page whose plugin is built.
const (
	root = "../../.."
	page = root + "/docs/adapters.md"
)

// file is a block of the page that is a file: `name`: before it.
var file = regexp.MustCompile("(?s)\n`([a-z_.-]+)`:\n\n```[a-z]*\n(.*?)\n```\n")

// The plugin that docs/adapters.md makes from nothing is built as the page says, and
// passes its own tests, which check that it conforms.
func TestThePluginOfThePage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a program, and is about a page: runs without -short")
	}
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	dir := t.TempDir()
	var names []string
	for _, match := range file.FindAllSubmatch(text, -1) {
		names = append(names, string(match[1]))
		require.NoError(t, os.WriteFile(filepath.Join(dir, string(match[1])), append(match[2], '\n'), 0o600))
	}
	require.Equal(t, []string{"openapi.yaml", "oapi-codegen.yaml", "main.go", "hooks.go", "render.go", "adapter_test.go"}, names)
	writeModule(t, dir)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "api"), 0o700))
	for _, command := range []string{
		"tool oapi-codegen -config oapi-codegen.yaml openapi.yaml",
		"build -o acme-adapter .",
		"vet ./...",
		"test .",
	} {
		cmd := exec.CommandContext(t.Context(), "go", strings.Fields(command)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "go %s\n%s", command, out)
	}
	out, err := exec.CommandContext(t.Context(), "gofmt", "-l", dir).CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(out), "files that gofmt would change")
}

// writeModule makes the module of the page with the versions of this one, so that
// nothing is fetched.
func writeModule(t *testing.T, dir string) {
	t.Helper()
	checkout, err := filepath.Abs(root)
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	require.NoError(t, err)
	_, versions, ok := strings.Cut(string(mod), "\n")
	require.True(t, ok)
	const module = "github.com/switchhook/switchhook"
	own := "module acme.example/acme-adapter\n" + versions +
		"\ntool github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen\n" +
		"\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + checkout + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(own), 0o600))
	sums, err := os.ReadFile(filepath.Join(checkout, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600))
}
