package canonical_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event/canonical"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func TestExamplesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../../openapi/events.yaml")
	require.NoError(t, err)
	want := sdktest.CanonicalExamples(t, document)
	got, err := canonical.Examples()
	require.NoError(t, err)
	require.NotEmpty(t, got)
	require.Len(t, got, len(want))
	for eventType, data := range want {
		require.JSONEq(t, string(data), string(got[eventType]), eventType)
	}
}
