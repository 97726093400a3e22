package wire

import (
	"context"
	"encoding/binary"
	"math"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// renderSpansKey is the trailer in which a plugin tells how long it rendered the
// deliveries of a batch whose traces are sampled.
const renderSpansKey = "switchhook-render-spans-bin"

// RenderSpan is the plugin's own span of one delivery.
type RenderSpan struct {
	// Delivery is its place in the batch.
	Delivery int
	// ID is the span's; zero where the plugin records none.
	ID       [8]byte
	Start    time.Time
	Duration time.Duration
	Failed   bool
}

// A span on the wire, big-endian: delivery (4 bytes), id (8), start in nanoseconds
// since 1970 (8), duration in nanoseconds (8), 1 for failed (1).
const renderSpanSize = 29

// maxRenderSpans bounds what is read of a trailer; a batch has fewer deliveries.
const maxRenderSpans = 4096

// SendRenderSpans adds spans to the answer of the call that ctx is of.
func SendRenderSpans(ctx context.Context, spans []RenderSpan) error {
	if len(spans) == 0 {
		return nil
	}
	spans = spans[:min(len(spans), maxRenderSpans)]
	out := make([]byte, 0, len(spans)*renderSpanSize)
	for _, s := range spans {
		out = binary.BigEndian.AppendUint32(out, uint32(s.Delivery)) //nolint:gosec // as many as deliveries
		out = append(out, s.ID[:]...)
		out = binary.BigEndian.AppendUint64(out, uint64(s.Start.UnixNano()))
		out = binary.BigEndian.AppendUint64(out, uint64(max(s.Duration, 0)))
		failed := byte(0)
		if s.Failed {
			failed = 1
		}
		out = append(out, failed)
	}
	return grpc.SetTrailer(ctx, metadata.Pairs(renderSpansKey, string(out)))
}

// ReadRenderSpans reads the spans of a batch of n deliveries from a trailer. What is
// malformed, or of no delivery of the batch, is passed over: a plugin writes what it
// likes.
func ReadRenderSpans(trailer metadata.MD, n int) (out []RenderSpan) {
	values := trailer.Get(renderSpansKey)
	if len(values) != 1 {
		return nil
	}
	in := []byte(values[0])
	for ; len(in) >= renderSpanSize && len(out) < maxRenderSpans; in = in[renderSpanSize:] {
		place := binary.BigEndian.Uint32(in)
		start, took := binary.BigEndian.Uint64(in[12:]), binary.BigEndian.Uint64(in[20:])
		if uint64(place) >= uint64(n) || start > math.MaxInt64 || took > math.MaxInt64 { //nolint:gosec // a length
			continue
		}
		s := RenderSpan{Delivery: int(place), Start: time.Unix(0, int64(start)), Duration: time.Duration(took), Failed: in[28] == 1}
		copy(s.ID[:], in[4:12])
		out = append(out, s)
	}
	return out
}
