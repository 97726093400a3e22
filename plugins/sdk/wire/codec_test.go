package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

func TestCodecReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 1, 5000, 1 << 20} {
		in := &adapterv1.RenderResponse{Bodies: [][]byte{[]byte(strings.Repeat("a", length))}}
		data, err := codec{}.Marshal(in)
		require.NoError(t, err)
		// It may come in pieces.
		message := data.Materialize()
		half := len(message) / 2
		pieces := mem.BufferSlice{mem.SliceBuffer(message[:half]), mem.SliceBuffer(message[half:])}
		out := new(adapterv1.RenderResponse)
		require.NoError(t, codec{}.Unmarshal(pieces, out))
		require.True(t, proto.Equal(in, out))
		data.Free()
	}
}

func TestCodecRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	_, err := codec{}.Marshal("text")
	require.ErrorContains(t, err, "string")
	require.ErrorContains(t, codec{}.Unmarshal(nil, "text"), "string")
	require.Error(t, codec{}.Unmarshal(mem.BufferSlice{mem.SliceBuffer([]byte{0xff})}, new(adapterv1.RenderResponse)))
	_, err = codec{}.Marshal(&adapterv1.RenderedRequest{Method: "\xff"})
	require.Error(t, err, "text must be UTF-8")
}
