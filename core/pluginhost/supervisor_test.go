package pluginhost

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// directClient describes without a connection.
type directClient struct {
	adapterv1.AdapterClient
	plugin fakePlugin
}

func (c *directClient) Describe(ctx context.Context, in *adapterv1.DescribeRequest, _ ...grpc.CallOption) (*adapterv1.DescribeResponse, error) {
	return c.plugin.Describe(ctx, in)
}

// lifeOf is a link whose plugin ends after a time.
func lifeOf(d time.Duration) *link {
	return &link{
		client: &directClient{}, stop: func() error { return nil }, kill: func() {},
		watch: func(ctx context.Context) error {
			select {
			case <-time.After(d):
				return errors.New("ended")
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	}
}

func TestCrashLoopBacksOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := New(Config{Plugins: []Plugin{{Provider: "test"}}, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		var (
			mu     sync.Mutex
			starts []time.Time
			life   time.Duration // 0 fails to start
		)
		h.launch = func(context.Context, Plugin, *slog.Logger) (*link, error) {
			mu.Lock()
			defer mu.Unlock()
			starts = append(starts, time.Now())
			if life == 0 {
				return nil, errors.New("does not start")
			}
			return lifeOf(life), nil
		}
		count := func() int { mu.Lock(); defer mu.Unlock(); return len(starts) }
		live := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); life = d }
		h.Start(t.Context())
		<-time.After(time.Minute)
		synctest.Wait()
		waits := func() (out []time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			for i := 1; i < len(starts); i++ {
				out = append(out, starts[i].Sub(starts[i-1]))
			}
			return out
		}
		got := waits()
		want := 100 * time.Millisecond
		for _, w := range got {
			require.InDelta(t, want, w, float64(want)/4)
			want = min(2*want, 10*time.Second)
		}
		require.GreaterOrEqual(t, len(got), 10, "the plugin is not tried again")
		status := h.Status()[0]
		require.Equal(t, StateDown, status.State)
		require.Equal(t, "does not start", status.LastError)
		require.Equal(t, count()-1, status.Restarts)

		// A plugin that was healthy for a minute starts from the first wait again.
		live(time.Minute)
		for count() < len(got)+4 {
			<-time.After(time.Second)
			synctest.Wait()
		}
		last := waits()
		require.InDelta(t, time.Minute+100*time.Millisecond, last[len(last)-1], float64(30*time.Millisecond))

		// One that lives shorter does not.
		live(time.Second)
		n := count()
		for count() < n+6 {
			<-time.After(time.Second)
			synctest.Wait()
		}
		last = waits()
		require.Greater(t, last[len(last)-1], 2*time.Second)
		require.NoError(t, h.Close(t.Context()))
	})
}

func TestWaitReadyTellsWhoIsNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := New(Config{Plugins: []Plugin{{Provider: "test"}, {Provider: "other"}}, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		h.launch = func(_ context.Context, p Plugin, _ *slog.Logger) (*link, error) {
			if p.Provider == "test" {
				return lifeOf(time.Hour), nil
			}
			return nil, errors.New("no such adapter")
		}
		h.Start(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = h.WaitReady(ctx)
		require.EqualError(t, err, "the plugin of provider other is unavailable: no such adapter")
		require.Equal(t, []string{"test"}, h.Providers().Names())

		_, err = h.Handle(t.Context(), "other", APIRequest{}, nil)
		require.ErrorIs(t, err, ErrUnavailable)
		require.NoError(t, h.Close(t.Context()))
	})
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	sum := "0000000000000000000000000000000000000000000000000000000000000000"
	for want, plugins := range map[string][]Plugin{
		`plugin "Bad": the provider's name`:                 {{Provider: "Bad"}},
		`plugin "a": is configured twice`:                   {{Provider: "a"}, {Provider: "a"}},
		`plugin "a": path: "x" must be absolute`:            {{Provider: "a", Path: "x", SHA256: sum}},
		`plugin "a": sha256: must be 64 hexadecimal digits`: {{Provider: "a", Path: "/x"}},
		`plugin "a": sha256: is for external binaries`:      {{Provider: "a", SHA256: sum}},
		`plugin "a": env[1]: must be NAME=value`:            {{Provider: "a", Env: []string{"A=1", "B"}}},
	} {
		_, err := New(Config{Plugins: plugins, Log: slog.New(slog.DiscardHandler)})
		require.ErrorContains(t, err, want)
	}
	_, err := New(Config{})
	require.ErrorContains(t, err, "no logger")
}
