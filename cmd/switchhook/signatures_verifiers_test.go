package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const verifiers = "../../.ci/signatures"

// requireVerifiers skips a test where the verifiers cannot run, but not in CI.
func requireVerifiers(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(verifiers, "node_modules", ".package-lock.json"))
	}
	needs(t, err, "the signature verifiers need Node.js, and their packages; `make signatures` or `npm ci --prefix .ci/signatures` installs these")
}

// verdict is what the verifiers say of one capture.
type verdict struct {
	OK          bool
	Error       string
	Parsed      json.RawMessage
	Stringified bool
}

// runVerifiers has captures verified, in one process.
func runVerifiers(t *testing.T, captures []capture) []verdict {
	t.Helper()
	var input bytes.Buffer
	lines := json.NewEncoder(&input)
	for _, c := range captures {
		require.NoError(t, lines.Encode(c))
	}
	cmd := exec.CommandContext(t.Context(), "node", "verify.mjs")
	cmd.Dir, cmd.Stdin = verifiers, &input
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 { // 1: not all are ok
		require.NoError(t, err, "%s", &stderr)
	}
	verdicts := make([]verdict, 0, len(captures))
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var v verdict
		require.NoError(t, decoder.Decode(&v))
		verdicts = append(verdicts, v)
	}
	require.Len(t, verdicts, len(captures), "%s", &stderr)
	return verdicts
}

// The verifiers that are written here, from the vendors' descriptions, accept
// signatures that were computed with other tools, and nothing near them.
func TestSignatureVerifiersKnowTheVectors(t *testing.T) {
	t.Parallel()
	requireVerifiers(t)
	file, err := os.Open(filepath.Join(verifiers, "vectors.jsonl"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	var vectors []capture
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var c capture
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		vectors = append(vectors, c)
	}
	require.NotEmpty(t, vectors)
	for i, v := range runVerifiers(t, vectors) {
		require.True(t, v.OK, "%s: %s", vectors[i].Provider, v.Error)
	}
	requireTamperedRefused(t, vectors)
}
