package callbell

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestSplitNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a", "b"}, splitNames(" a,,b ,"))
	require.Empty(t, splitNames(" , "))
}

func FuzzSubscriptionNames(f *testing.F) {
	for _, seed := range []string{`["message_created"]`, `"message_created, contact_created"`, `","`, `7`, `null`, `[null]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var union callbell.SubscriptionNames
		if json.Unmarshal(raw, &union) != nil {
			return
		}
		names, err := subscriptionNames(union)
		if err != nil {
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
			require.True(t, strings.HasPrefix(sdk.AsError(err).Fields[0].Field, "/subscriptions"))
			return
		}
		require.NotEmpty(t, names)
		for i, name := range names {
			require.True(t, known(name))
			require.NotContains(t, slices.Delete(slices.Clone(names), i, i+1), name)
		}
	})
}
