package keep

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestTextIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	require.Equal(t, "order.created", text("order.created"))
	long := strings.Repeat("a", maxText-1) + "é"
	require.Equal(t, long[:maxText-1], text(long))
	require.True(t, utf8.ValidString(text("a\xff")))
}
