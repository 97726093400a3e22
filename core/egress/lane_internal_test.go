package egress

import (
	"crypto/tls"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLanesAreBounded(t *testing.T) {
	t.Parallel()
	c, err := New(Config{})
	require.NoError(t, err)
	certificate := func(n uint32) *tls.Certificate {
		return &tls.Certificate{Certificate: [][]byte{binary.BigEndian.AppendUint32(nil, n)}}
	}
	first := c.laneOf(certificate(0))
	second := c.laneOf(certificate(1))
	for n := range uint32(maxLanes) {
		c.laneOf(certificate(2 + n))
		require.Same(t, first, c.laneOf(certificate(0)), "what is in use stays")
	}
	require.Len(t, c.lanes.known, maxLanes)
	require.NotSame(t, second, c.laneOf(certificate(1)), "the other was forgotten")
	require.NotSame(t, first, c.laneOf(nil))
}
