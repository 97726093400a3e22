package pluginhost

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// BenchmarkHandle is one request without engine calls, to a real process.
func BenchmarkHandle(b *testing.B) {
	h, _ := startHost(b, Plugin{})
	req := APIRequest{Failure: sdk.Errorf(sdk.CodeNotFound, "No"), Method: "GET", Path: "/"}
	b.ReportAllocs()
	for b.Loop() {
		_, err := h.Handle(b.Context(), "test", req, nil)
		require.NoError(b, err)
	}
}

// BenchmarkRender is one batch of deliveries of 1 KiB, each of its own event.
func BenchmarkRender(b *testing.B) {
	h, _ := startHost(b, Plugin{})
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ds := deliveries(n)
			for i := range ds {
				ds[i].Event = &sdk.Event{ID: fmt.Sprint(i), Data: bytes.Repeat([]byte("x"), 1<<10)}
			}
			b.ReportAllocs()
			for b.Loop() {
				_, err := h.Render(b.Context(), "test", ds)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}
