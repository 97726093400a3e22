// Package proctest makes programs for tests to start.
package proctest

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Script writes a shell script that can be started as a program.
//
// No process is forked while the file is open for writing: the child would hold it
// open until its exec, and to start a file that is being written is refused with
// ETXTBSY (https://go.dev/issue/22315).
func Script(t testing.TB, file, text string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o700)) //nolint:gosec // a program is executable
}
