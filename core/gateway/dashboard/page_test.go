package dashboard

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a gateway parses only when somebody looks must not fail then.
func TestPagesParse(t *testing.T) {
	t.Parallel()
	all, err := newPages(time.Now)
	require.NoError(t, err)
	require.Contains(t, all, "message")
	for name, parsed := range all {
		_, err := parsed()
		require.NoError(t, err, name)
	}
	require.ErrorContains(t, all.write(nil, "nowhere", page{}), `there is no page "nowhere"`)
}
