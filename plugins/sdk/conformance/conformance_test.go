package conformance_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/conformance"
)

func with(fault string) conformance.Options {
	return conformance.Options{Path: os.Args[0], Env: []string{faultVariable + "=" + fault}}
}

func TestAnAdapterWithoutAFault(t *testing.T) {
	t.Parallel()
	conformance.Run(t, with(""))
}

// Each adapter has one fault: the check that looks for it names it, and no other
// check finds anything.
func TestFaults(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("33 processes, and about verdicts: runs without -short")
	}
	tests := map[string]struct {
		// check that finds the fault; several where it shows in several ways.
		check   string
		subject string
		problem string
	}{
		"no plugin":     {"start", "process", "did not greet as a Switchhook plugin does"},
		"ends at start": {"start", "process", "panic: no configuration"},

		"manifest": {"manifest", "delivery.timeout", "0s must be above 0"},
		"url":      {"manifest", "url", "no URL that the kit knows"},

		"unrouted":           {"operations", "DeleteHook (DELETE /hooks/{hook_id})", "is not served"},
		"answer":             {"operations", "GetHook", `property "name" is missing`},
		"undescribed status": {"operations", "GetHook", "status is not supported"},
		"crash at work":      {"operations malformed", "GetHook", "exit status 5"},

		"id": {"ids", "CreateHook", `/hook_id is "hook-`},

		"envelope":             {"errors", "CreateHook (POST /hooks), too_large", `text/plain`},
		"undescribed envelope": {"errors", "GetHook (GET /hooks/{hook_id}), not_acceptable", "none of the error bodies"},
		"failure is success":   {"errors", "ListHooks (GET /hooks), denied (no_scope)", "answered with status 200"},
		"wrong side":           {"errors", "ListHooks (GET /hooks), internal", "answered as the client's fault"},

		"counts itself": {"limits", "CreateHook", "left 2 subscriptions, not 3"},
		"hides limits":  {"limits errors", "CreateHook (POST /hooks), limit", "answered as a failure of the service"},
		"lies":          {"limits errors", "CreateHook", "the engine refused"},
		"renames":       {"names", "CreateHook", "left 3 subscriptions, not 1"},

		"catalogue":       {"render", "call.inbound, from call.ended", "There is no mapping"},
		"unstable":        {"render", "ping, verbatim", "another body each time"},
		"shares too much": {"render", "ping, verbatim", "rendered together"},
		"not shared":      {"render", "ping, verbatim", "comes twice"},
		"changes data":    {"render", "ping, verbatim", "is not in the body"},
		"another host":    {"render", "ping, verbatim", "another scheme, host or port"},

		"unsigned":               {"signature", "ping, verbatim", "nothing of the request depends on the secret"},
		"one signature":          {"signature", "ping, verbatim", "X-Signature does not carry the signatures of both"},
		"stale":                  {"signature", "ping, verbatim", "the signature (X-Signature) is stale"},
		"signs the event's time": {"signature", "ping, verbatim", "the event's time"},
		"signs the clock":        {"signature", "ping, verbatim", "the time of the clock"},

		"crash":                {"malformed", "a null body", "exit status 3"},
		"panic":                {"malformed", "a null body", "is answered with 500"},
		"exits when cancelled": {"malformed", "cancelled", "exit status 4"},
		"crash in render":      {"malformed", "ping, verbatim", "exit status 6"},
		"panic in render":      {"malformed", "ping, verbatim", "fails with the code internal"},
		"tries again":          {"malformed", "ping, verbatim", "fails with the code unavailable"},
	}
	for fault, test := range tests {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			o := with(fault)
			if !strings.Contains(test.check, "malformed") {
				o.Skip = map[string]string{"malformed": "it takes longer than all others together"}
			}
			report, err := conformance.Check(t.Context(), o)
			require.NoError(t, err)
			require.False(t, report.OK())
			var all strings.Builder
			require.NoError(t, report.WriteFindings(&all))
			require.ElementsMatch(t, strings.Fields(test.check), failed(report), "%s", all.String())
			check, _, _ := strings.Cut(test.check, " ")
			require.True(t, named(report.Result(check), test.subject, test.problem), "%s", all.String())
		})
	}
}

// failed are the names of the checks that found something.
func failed(report *conformance.Report) []string {
	var out []string
	for _, result := range report.Results {
		if len(result.Findings) > 0 {
			out = append(out, result.Name)
		}
	}
	return out
}

// named tells whether a finding has the subject and the problem, and a remedy.
func named(result *conformance.Result, subject, problem string) bool {
	for _, f := range result.Findings {
		if strings.Contains(f.Subject, subject) && strings.Contains(f.Problem, problem) && f.Remedy != "" {
			return true
		}
	}
	return false
}

func TestSettingsAreHandedOver(t *testing.T) {
	t.Parallel()
	o := with("")
	o.Settings = map[string]sdk.Secret{"token": "hidden"}
	report, err := conformance.Check(t.Context(), o)
	require.NoError(t, err)
	require.True(t, named(report.Result("start"), "process", "settings: this adapter takes none"))
	for _, result := range report.Results[1:] {
		require.NotEmpty(t, result.Skipped, result.Name)
	}
}

func TestCanonicalDataOfOnesOwn(t *testing.T) {
	t.Parallel()
	report, err := conformance.Check(t.Context(), with("unknown canonical"))
	require.NoError(t, err)
	require.True(t, report.OK())
	require.Contains(t, report.Result("render").Notes[0], "no example data of the canonical type acme.special")

	o := with("unknown canonical")
	o.Canonical = map[string]json.RawMessage{"acme.special": json.RawMessage(`{"special":true}`)}
	full, err := conformance.Check(t.Context(), o)
	require.NoError(t, err)
	require.True(t, full.OK())
	require.Empty(t, full.Result("render").Notes)
	require.Greater(t, full.Result("render").Cases, report.Result("render").Cases)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*conformance.Options){
		"path: must name":               func(o *conformance.Options) { o.Path = "" },
		"no-such-adapter":               func(o *conformance.Options) { o.Path = "./no-such-adapter" },
		"env[1]: must be NAME=value":    func(o *conformance.Options) { o.Env = append(o.Env, "x") },
		"canonical[a.b]: must be JSON":  func(o *conformance.Options) { o.Canonical = map[string]json.RawMessage{"a.b": json.RawMessage("{")} },
		`skip: there is no check "all"`: func(o *conformance.Options) { o.Skip = map[string]string{"all": ""} },
	} {
		o := with("")
		change(&o)
		_, err := conformance.Check(t.Context(), o)
		require.ErrorContains(t, err, want)
	}
}

func TestAnAdapterThatHangs(t *testing.T) {
	t.Parallel()
	o := with("hangs")
	o.CallTimeout = 300 * time.Millisecond
	report, err := conformance.Check(t.Context(), o)
	require.NoError(t, err)
	require.True(t, named(report.Result("operations"), "ListHooks", "no answer within 300ms"))
	require.True(t, named(report.Result("errors"), "", "not asked any more") || named(report.Result("malformed"), "", "not asked any more"))
}

func TestAccept(t *testing.T) {
	t.Parallel()
	o := with("")
	o.Accept = func(m sdk.Manifest) error { return errors.New("no road to " + m.Provider) }
	report, err := conformance.Check(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, []string{"manifest"}, failed(report))
	require.True(t, named(report.Result("manifest"), "openapi", "no road to acme"))
}

func TestSkip(t *testing.T) {
	t.Parallel()
	o := with("stale")
	o.Skip = map[string]string{"signature": "Acme does not sign its timestamp"}
	var order []string
	o.OnResult = func(r conformance.Result) { order = append(order, r.Name) }
	report, err := conformance.Check(t.Context(), o)
	require.NoError(t, err)
	require.True(t, report.OK())
	require.Contains(t, report.Result("signature").Skipped, "Acme does not sign its timestamp")
	require.Equal(t, "start", order[0])
	require.Len(t, order, len(report.Results))
	require.Equal(t, "acme", report.Provider)
	require.Equal(t, "1.2.3", report.Version)

	var table strings.Builder
	require.NoError(t, conformance.WriteHeading(&table))
	for _, result := range report.Results {
		require.NoError(t, result.WriteRow(&table))
	}
	require.Regexp(t, `(?m)^start +ok +1 `, table.String())
	require.Regexp(t, `(?m)^signature +skipped +- +-  as asked: Acme`, table.String())
	require.Nil(t, report.Result("nothing"))
}
