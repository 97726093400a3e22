package receiver

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/payload"
)

// TestMain makes the test binary a receiver too.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "receiver" {
		if err := Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func start(t *testing.T, p Plan) *Receiver {
	t.Helper()
	r, err := Start(context.Background(), os.Args[0], "receiver") // the test's context ends before its cleanup
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	require.NoError(t, r.Plan(t.Context(), p))
	return r
}

func post(t *testing.T, r *Receiver, endpoint int, body []byte) int {
	t.Helper()
	resp, err := http.Post(r.URL(endpoint), "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// Who repeats a delivery must name it as before.
func TestReceiverComparesNames(t *testing.T) {
	t.Parallel()
	r := start(t, Plan{Run: "a", Events: 2, Copies: 2, Modes: []Mode{Healthy, FailingFirst}})
	for _, test := range []struct {
		endpoint, seq int
		name          string
		renamed       int64
	}{
		{0, 0, "x", 0}, {0, 0, "x", 0}, {0, 0, "", 0}, {1, 0, "y", 0}, {1, 0, "y", 0}, {0, 1, "z", 0}, {0, 0, "y", 1}, {1, 0, "x", 2},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL(test.endpoint), bytes.NewReader(payload.Data("a", test.seq)))
		require.NoError(t, err)
		req.Header.Set("webhook-id", test.name)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, test.renamed, progress(t, r).Renamed, "%+v", test)
	}
	require.EqualValues(t, 8, progress(t, r).Answered())
}

func progress(t *testing.T, r *Receiver) Progress {
	t.Helper()
	p, err := r.Progress(t.Context())
	require.NoError(t, err)
	return p
}

func TestReceiverCounts(t *testing.T) {
	t.Parallel()
	r := start(t, Plan{Run: "a", Events: 3, Copies: 2, Modes: []Mode{Healthy, FailingFirst, Failing}})
	before := time.Now().UnixNano()
	require.Equal(t, 204, post(t, r, 0, payload.Data("a", 2)))
	require.Equal(t, 204, post(t, r, 0, payload.Data("a", 2)))
	require.Equal(t, 500, post(t, r, 1, payload.Data("a", 0)))
	require.Equal(t, 204, post(t, r, 1, payload.Data("a", 0)))
	require.Equal(t, 500, post(t, r, 2, payload.Data("a", 1)))
	require.Equal(t, 500, post(t, r, 2, payload.Data("a", 1)))
	for name, stray := range map[string]struct {
		endpoint int
		body     []byte
	}{
		"other run": {0, payload.Data("b", 0)}, "beyond the plan": {0, payload.Data("a", 3)},
		"unknown endpoint": {3, payload.Data("a", 0)}, "no event": {0, []byte("{}")},
	} {
		require.Equal(t, 204, post(t, r, stray.endpoint, stray.body), name)
	}
	require.Equal(t, Progress{Delivered: 2, Duplicates: 1, Refused: 3, Stray: 4}, progress(t, r))
	arrivals, err := r.Arrivals(t.Context())
	require.NoError(t, err)
	require.Len(t, arrivals, 6)
	for i, at := range arrivals {
		if i == 2 || i == 3 {
			require.Greater(t, at, before)
		} else {
			require.Zero(t, at)
		}
	}
	require.NoError(t, r.Plan(t.Context(), Plan{Run: "b", Events: 1, Copies: 1, Modes: []Mode{Healthy}}))
	require.Equal(t, Progress{}, progress(t, r))
}

func TestHangingIsLetGo(t *testing.T) {
	t.Parallel()
	r := start(t, Plan{Run: "a", Events: 2, Copies: 1, Modes: []Mode{Hanging}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL(0), bytes.NewReader(payload.Data("a", 0)))
	require.NoError(t, err)
	_, err = http.DefaultClient.Do(req)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	answered := make(chan int, 1)
	go func() { answered <- post(t, r, 0, payload.Data("a", 1)) }()
	require.Never(t, func() bool { return len(answered) > 0 }, 50*time.Millisecond, 10*time.Millisecond)
	require.NoError(t, r.SetModes(t.Context(), []Mode{Healthy}))
	require.Equal(t, 204, <-answered)
	require.Equal(t, Progress{Delivered: 1}, progress(t, r))
}

func TestBadControl(t *testing.T) {
	t.Parallel()
	r := start(t, Plan{Copies: 1, Modes: []Mode{Healthy}})
	require.ErrorContains(t, r.Plan(t.Context(), Plan{}), "1 copy or more")
	require.ErrorContains(t, r.Plan(t.Context(), Plan{Copies: 10, Events: maxEvents}), "at most")
	require.ErrorContains(t, r.SetModes(t.Context(), nil), "may not change")
}

func TestStartNeedsAReceiver(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), "/bin/true")
	require.ErrorContains(t, err, "names no address")
	_, err = Start(t.Context(), "/nowhere/receiver")
	require.ErrorContains(t, err, "start the receiver")
}
