package machine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseCPUModel(t *testing.T) {
	t.Parallel()
	require.Equal(t, "AMD EPYC 9354", parseCPUModel([]byte("processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC 9354\nmodel name\t: other\n")))
	require.Empty(t, parseCPUModel([]byte("processor\t: 0\n")))
}

func TestNewNeedsAGateway(t *testing.T) {
	t.Parallel()
	_, err := New(t.Context(), "/bin/sh", "", "")
	require.ErrorContains(t, err, "--binary: ")
}
