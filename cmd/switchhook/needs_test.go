package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// needs skips a test on a machine that lacks what it needs, and says what. In CI,
// where nobody reads what was skipped, the test fails.
func needs(t *testing.T, err error, what string) {
	t.Helper()
	if err == nil {
		return
	}
	require.Empty(t, os.Getenv("CI"), "CI must run this test. %s: %v", what, err)
	t.Skipf("%s: %v", what, err)
}
