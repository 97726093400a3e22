package conformance_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

var update = flag.Bool("update", false, "write canonical.json anew")

func TestCanonicalExamples(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../../openapi/events.yaml")
	require.NoError(t, err)
	want, err := json.MarshalIndent(sdktest.CanonicalExamples(t, document), "", "  ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("canonical.json", append(want, '\n'), 0o600))
	}
	got, err := os.ReadFile("canonical.json")
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got), "run go test -run TestCanonicalExamples -update")
}
