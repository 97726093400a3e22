package standard_test

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
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
// 1 KiB of data: each of an event of its own, or all of one event. Time, memory
// and gateway-µs are of the calling side, plugin-µs is processor time of the
// plugin; both per delivery.
func BenchmarkRender(b *testing.B) {
	self, err := os.Executable()
	require.NoError(b, err)
	plugin, err := pluginclient.Start(b.Context(), pluginclient.Options{
		Command: exec.Command(self), Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(b, err)
	b.Cleanup(func() { _ = plugin.Stop() })
	for name, events := range map[string]func(n int) int{
		"events": func(n int) int { return n },
		"fanout": func(int) int { return 1 },
	} {
		for _, n := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				ds := deliveries(n, events(n))
				own, theirs := ownTime(b), processTime(b, plugin.PID())
				b.ReportAllocs()
				for b.Loop() {
					results, err := pluginclient.Render(b.Context(), plugin.Client(), ds)
					require.NoError(b, err)
					require.Nil(b, results[n-1].Err)
				}
				rendered := float64(b.N * n)
				b.ReportMetric(float64((ownTime(b)-own).Nanoseconds())/1000/rendered, "gateway-µs")
				b.ReportMetric(float64((processTime(b, plugin.PID())-theirs).Nanoseconds())/1000/rendered, "plugin-µs")
			})
		}
	}
}

// deliveries are n deliveries of that many events to as many subscriptions.
func deliveries(n, events int) []pluginclient.Delivery {
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
		if i < events {
			out[i].Event = &sdk.Event{
				ID: fmt.Sprintf("0193b9f4-5e5c-7d0e-c000-%012d", i), Source: "https://shop.example", Type: "order.created",
				Time: now, DataContentType: "application/json",
				Data: []byte(`{"id":` + strconv.Itoa(i) + `,"items":[` + strings.Repeat(`{"sku":"A-100","quantity":2},`, 33) + `null]}`),
			}
		} else {
			out[i].Event = out[0].Event
		}
	}
	return out
}

// ownTime is the processor time of this process.
func ownTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// processTime is the processor time of another process; 0 where the system does
// not tell it as Linux does.
func processTime(b *testing.B, pid int) (total time.Duration) {
	b.Helper()
	tasks, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "schedstat"))
	require.NoError(b, err)
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		require.NoError(b, err)
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		require.NoError(b, err)
		total += time.Duration(ns)
	}
	return total
}
