package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/switchhook/switchhook/"

// pkg is the part of `go list -json` that the rules need.
type pkg struct {
	ImportPath   string
	Doc          string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// rule forbids packages that match from to import what matches banned, other
// than what matches except. Paths are relative to the module; patterns end in
// /... for a whole tree.
type rule struct {
	name   string
	from   []string
	unless []string // packages that the rule does not bind
	banned []string
	except []string
	tests  bool // bind tests too
	reason string
}

var rules = []rule{
	{
		name: "gen imports nothing of ours", from: []string{"gen/..."}, banned: []string{module + "..."},
		reason: "generated code is made from the contracts alone",
	},
	{
		name: "the sdk knows the contract alone", from: []string{"plugins/sdk/..."}, banned: []string{module + "..."},
		except: []string{module + "gen/adapterv1", module + "plugins/sdk/..."},
		reason: "a plugin author builds against the sdk, not the gateway",
	},
	{
		name: "adapters know the sdk and their own API", from: []string{"plugins/..."}, unless: []string{"plugins/sdk/..."},
		banned: []string{module + "core/...", module + "cmd/..."}, tests: true,
		reason: "an adapter runs in a process of its own and must work outside this repository",
	},
	{
		name: "the core knows no adapter", from: []string{"core/..."}, banned: []string{module + "plugins/...", module + "cmd/..."},
		except: []string{module + "plugins/sdk", module + "plugins/sdk/..."},
		reason: "the gateway learns of a provider from its manifest only",
	},
	{
		name: "gorm in the store alone", from: []string{"..."}, unless: []string{"core/store/..."},
		banned: []string{"gorm.io/..."}, tests: true,
		reason: "one package knows a database",
	},
	{
		name: "go-plugin where processes meet", from: []string{"..."}, unless: []string{"core/pluginhost/...", "plugins/sdk/..."},
		banned: []string{"github.com/hashicorp/go-plugin/...", "github.com/hashicorp/go-plugin"}, tests: true,
		reason: "how plugins are started is a detail of host and sdk",
	},
	{
		name: "the OTel SDK in one place", from: []string{"..."}, unless: []string{"core/telemetry/..."},
		banned: []string{"go.opentelemetry.io/otel/sdk/...", "go.opentelemetry.io/otel/exporters/..."},
		reason: "packages use the API; who collects is decided once",
	},
	{
		name: "the client knows the contract alone", from: []string{"openapi/..."}, banned: []string{module + "..."},
		except: []string{module + "gen/switchhook", module + "openapi/client"}, tests: true,
		reason: "programs that call a gateway must not depend on its engine",
	},
	{
		name: "commands are not imported", from: []string{"core/...", "plugins/...", "gen/..."}, banned: []string{module + "cmd/..."}, tests: true,
		reason: "cmd wires, and nothing depends on the wiring",
	},
}

func TestImportRules(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			bound := 0
			for _, p := range packages {
				path := strings.TrimPrefix(p.ImportPath, module)
				if !matchAny(r.from, path) || matchAny(r.unless, path) {
					continue
				}
				bound++
				for _, imported := range r.imports(p) {
					if matchAny(r.banned, imported) && !matchAny(r.except, imported) && imported != p.ImportPath {
						t.Errorf("%s imports %s: %s, because %s", path, imported, r.name, r.reason)
					}
				}
			}
			require.Positive(t, bound, "the rule binds no package: is it out of date?")
		})
	}
}

func (r rule) imports(p pkg) []string {
	if !r.tests {
		return p.Imports
	}
	return slices.Concat(p.Imports, p.TestImports, p.XTestImports)
}

func TestEveryPackageIsDocumented(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if !strings.Contains(p.ImportPath, "/gen/") {
			require.NotEmpty(t, p.Doc, "%s has no package comment", p.ImportPath)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	require.True(t, match("...", "anything/at/all"))
	require.True(t, match("core/...", "core/store"))
	require.True(t, match("core/...", "core"))
	require.False(t, match("core/...", "corelib"))
	require.True(t, match("plugins/sdk", "plugins/sdk"))
	require.False(t, match("plugins/sdk", "plugins/sdk/sdktest"))
}

func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, path) })
}

func match(pattern, path string) bool {
	tree, ok := strings.CutSuffix(pattern, "...")
	if !ok {
		return pattern == path
	}
	return strings.HasPrefix(path+"/", tree)
}

func list(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,Imports,TestImports,XTestImports", module+"...").Output()
	require.NoError(t, err)
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, p)
	}
}
