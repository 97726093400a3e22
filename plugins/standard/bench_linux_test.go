package standard_test

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/standard"
)

// TestMain makes the test binary its own plugin, as the gateway's is.
func TestMain(m *testing.M) {
	if os.Getenv(sdk.Handshake.MagicCookieKey) != "" {
		sdk.Serve(standard.New())
		return
	}
	os.Exit(m.Run())
}

// BenchmarkRender is one call to a plugin process for a batch of deliveries with
// 1 KiB of data: each of an event of its own, or ten of each event, or that of two
// callers a processor at one time. Memory is of the calling side. Per delivery: ns/delivery has passed, gateway-ns and plugin-ns
// are processor time of the two sides.
func BenchmarkRender(b *testing.B) {
	self, err := os.Executable()
	require.NoError(b, err)
	plugin, err := pluginclient.Start(b.Context(), pluginclient.Options{
		Command: exec.Command(self), Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(b, err)
	b.Cleanup(func() { _ = plugin.Stop() })
	for _, kind := range []struct {
		name   string
		ofEach int
		// callers at a time for each processor.
		callers int
	}{{"events", 1, 0}, {"fanout", 10, 0}, {"busy", 10, 2}} {
		for _, n := range []int{1, 20, 300} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, n), func(b *testing.B) {
				ds := deliveries(n, kind.ofEach)
				theirs, own := sdktest.ProcessTime(b, plugin.PID()), sdktest.OwnTime(b)
				b.ReportAllocs()
				call := func() {
					results, err := pluginclient.Render(b.Context(), plugin.Client(), ds)
					if err != nil || results[n-1].Err != nil {
						b.Error(err, results)
					}
				}
				if kind.callers == 0 {
					for b.Loop() {
						call()
					}
				} else {
					b.SetParallelism(kind.callers)
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							call()
						}
					})
				}
				per := func(total time.Duration) float64 { return float64(total.Nanoseconds()) / float64(b.N*n) }
				b.ReportMetric(per(b.Elapsed()), "ns/delivery")
				b.ReportMetric(per(sdktest.OwnTime(b)-own), "gateway-ns")
				b.ReportMetric(per(sdktest.ProcessTime(b, plugin.PID())-theirs), "plugin-ns")
			})
		}
	}
}

// deliveries are n deliveries, so many of each event; where that is more than one,
// the events go to the same subscriptions.
func deliveries(n, ofEach int) []pluginclient.Delivery {
	now := time.Unix(1_700_000_000, 0)
	out := make([]pluginclient.Delivery, n)
	for i := range out {
		out[i] = pluginclient.Delivery{
			ID: fmt.Sprintf("0193b9f4-5e5c-7d0e-a000-%012d", i), EventType: "order.created", Attempt: 1, Time: now,
			TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
			Subscription: &sdk.Subscription{
				ID: fmt.Sprintf("0193b9f4-5e5c-7d0e-b000-%012d", i), CreatedAt: now, UpdatedAt: now,
				SubscriptionSpec: sdk.SubscriptionSpec{
					URL: "https://example.com/hook", EventTypes: []string{"order.created"}, Enabled: true,
					Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
				},
			},
		}
		if i%ofEach == 0 {
			out[i].Event = &sdk.Event{
				ID: fmt.Sprintf("0193b9f4-5e5c-7d0e-c000-%012d", i), Source: "https://shop.example", Type: "order.created",
				Time: now, DataContentType: "application/json",
				Data: []byte(`{"id":` + strconv.Itoa(i) + `,"items":[` + strings.Repeat(`{"sku":"A-100","quantity":2},`, 33) + `null]}`),
			}
		} else {
			out[i].Event = out[i-1].Event
		}
		if ofEach > 1 && i >= ofEach {
			out[i].Subscription = out[i-ofEach].Subscription
		}
	}
	return out
}
