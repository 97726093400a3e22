package wire_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/switchhook/switchhook/plugins/sdk/wire"
)

// stream takes a call's trailer.
type stream struct {
	grpc.ServerTransportStream
	trailer metadata.MD
}

func (s *stream) SetTrailer(md metadata.MD) error {
	s.trailer = metadata.Join(s.trailer, md)
	return nil
}

func TestRenderSpansTravelInTheTrailer(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_800_000_000, 123_456_789)
	want := []wire.RenderSpan{
		{Delivery: 0, ID: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, Start: at, Duration: 1500 * time.Microsecond},
		{Delivery: 2, Start: at.Add(time.Second), Failed: true},
	}
	s := &stream{}
	ctx := grpc.NewContextWithServerTransportStream(context.Background(), s)
	require.NoError(t, wire.SendRenderSpans(ctx, nil))
	require.Empty(t, s.trailer, "none is said where nothing is sampled")
	require.NoError(t, wire.SendRenderSpans(ctx, want))
	require.Equal(t, want, wire.ReadRenderSpans(s.trailer, 3))
	require.Equal(t, want[:1], wire.ReadRenderSpans(s.trailer, 2), "of no delivery of the batch")
	require.Empty(t, wire.ReadRenderSpans(nil, 3))
}

func FuzzReadRenderSpans(f *testing.F) {
	f.Add("", 1)
	f.Add(string(make([]byte, 29)), 1)
	f.Add(string(make([]byte, 100)), 3)
	f.Fuzz(func(t *testing.T, value string, n int) {
		got := wire.ReadRenderSpans(metadata.Pairs("switchhook-render-spans-bin", value), max(n, 0))
		require.LessOrEqual(t, len(got), len(value)/29)
		for _, s := range got {
			require.Less(t, s.Delivery, n)
			require.GreaterOrEqual(t, s.Duration, time.Duration(0))
		}
	})
}
