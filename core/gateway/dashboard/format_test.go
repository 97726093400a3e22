package dashboard

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for back, want := range map[time.Duration]string{
		0: "just now", 30 * time.Second: "30 s ago", 5 * time.Minute: "5 min ago", 90 * time.Minute: "1 h 30 min ago", 20 * time.Hour: "20 h ago",
		50 * time.Hour: "2 days ago", -90 * time.Second: "in 1 min",
	} {
		require.Equal(t, want, ago(now, now.Add(-back)))
	}
	require.Equal(t, "…6f0a9a7b", short("019aa5d2-7c1e-7b64-9f2d-3f6f6f0a9a7b"))
	require.Equal(t, "order.created", short("order.created"), "a name stays whole")
	for in, want := range map[float64]string{0: "0 ms", 0.25: "0.25 ms", 3.21: "3.2 ms", 47.4: "47 ms", 1500: "1.50 s", 90_000: "1 min"} {
		require.Equal(t, want, milliseconds(in))
	}
	require.Equal(t, "1\u202f234\u202f567", number(1234567))
	require.Equal(t, "-12", number(-12))
	require.Equal(t, "99.9 %", share(99999, 100000), "not all is never shown as all")
	require.Equal(t, "not json", pretty("not json"))
}
