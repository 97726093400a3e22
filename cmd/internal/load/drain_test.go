package load

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/payload"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

// TestMain makes the test binary a receiver too.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "receiver" {
		if err := receiver.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// What an unacknowledged event brings does not stand for one that is missing.
func TestDrain(t *testing.T) {
	t.Parallel()
	r, err := receiver.Start(context.Background(), os.Args[0], "receiver") // the test's context ends before its cleanup
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	require.NoError(t, r.Plan(t.Context(), receiver.Plan{Run: "r", Events: 3, Copies: 1, Modes: []receiver.Mode{receiver.Healthy}}))
	post := func(seq int) {
		resp, err := http.Post(r.URL(0), "application/json", bytes.NewReader(payload.Data("r", seq)))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	l := New("r", 3, connections, func(context.Context, int, int) error { return nil })
	require.NoError(t, l.Closed(t.Context(), 1, 0, 2))
	post(0)
	post(2)
	a, p, err := l.Drain(t.Context(), r, 1, 200*time.Millisecond)
	require.NoError(t, err)
	require.EqualValues(t, 2, p.Delivered)
	require.Equal(t, 1, l.Lost(a))

	done := make(chan int, 1)
	go func() {
		a, _, err := l.Drain(t.Context(), r, 1, time.Hour)
		if err != nil {
			done <- -1
			return
		}
		done <- l.Lost(a)
	}()
	post(1)
	require.Zero(t, <-done)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = l.Drain(ctx, r, 1, time.Hour)
	require.ErrorIs(t, err, context.Canceled)
}
