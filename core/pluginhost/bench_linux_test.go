package pluginhost

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
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

// BenchmarkRender is one call for a batch of deliveries to a real process, ten of
// each event of 1 KiB, every one to a subscription of its own. Per delivery:
// ns/delivery has passed, gateway-ns and plugin-ns are processor time of the two
// sides.
func BenchmarkRender(b *testing.B) {
	h, _ := startHost(b, Plugin{})
	pid := h.Status()[0].PID
	for _, n := range []int{1, 20, 300} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ds := fanOut(n, 10)
			plugin, gateway := sdktest.ProcessTime(b, pid), sdktest.OwnTime(b)
			b.ReportAllocs()
			for b.Loop() {
				_, err := h.Render(b.Context(), "test", ds)
				require.NoError(b, err)
			}
			per := func(total time.Duration) float64 { return float64(total.Nanoseconds()) / float64(b.N*n) }
			b.ReportMetric(per(b.Elapsed()), "ns/delivery")
			b.ReportMetric(per((sdktest.OwnTime(b) - gateway)), "gateway-ns")
			b.ReportMetric(per((sdktest.ProcessTime(b, pid) - plugin)), "plugin-ns")
		})
	}
}

// fanOut is n deliveries, so many of each event, to as many subscriptions.
func fanOut(n, ofEach int) []Delivery {
	ds := deliveries(n)
	for i := range ds {
		if i%ofEach == 0 {
			ds[i].Event = &sdk.Event{ID: fmt.Sprint(i), Data: bytes.Repeat([]byte("x"), 1<<10)}
		} else {
			ds[i].Event = ds[i-1].Event
		}
		sub := *ds[i].Subscription
		sub.ID = fmt.Sprint(i)
		ds[i].Subscription = &sub
	}
	return ds
}
