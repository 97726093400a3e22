package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// acknowledged publishes events one after the other in several goroutines, until
// stop, and keeps the numbers of those that were answered with 202.
type acknowledged struct {
	mu   sync.Mutex
	next atomic.Int64
	ok   map[int64]string // number → event id
}

// run publishes until ctx ends; failures are expected while a gateway is dead.
func (p *acknowledged) run(ctx context.Context, g *gateway, workers int) {
	p.ok = map[int64]string{}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				p.one(ctx, g.base, g)
			}
		})
	}
	all.Wait()
}

func (p *acknowledged) one(ctx context.Context, _ string, g *gateway) {
	n := p.next.Add(1)
	a, err := g.send(ctx, "POST", "/v1/events", fmt.Sprintf(`{"type":"order.created","data":{"n":%d}}`, n),
		"Authorization: Bearer "+operatorKey, "Content-Type: application/json")
	if err != nil || a.status != http.StatusAccepted {
		return
	}
	id := strings.Split(string(a.body), `"id":"`)
	if len(id) < 2 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ok[n] = id[1][:36]
}

// missing returns which acknowledged numbers a receiver has not got.
func (p *acknowledged) missing(r *receiver) (missing []int64) {
	seen := map[string]bool{}
	for _, d := range r.got() {
		_, n, _ := strings.Cut(string(d.body), `"n":`)
		seen[strings.TrimRight(n, "}")] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := range p.ok {
		if !seen[strconv.FormatInt(n, 10)] {
			missing = append(missing, n)
		}
	}
	return missing
}

func TestKillGateway(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database, fastPlugin(t))
		r := newReceiver(t, nil)
		g.subscribe("fast", r.URL, "order.*")
		p := &acknowledged{}
		const kills = 3
		for kill := range kills {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			round := &acknowledged{}
			round.next.Store(int64(kill+1) * 1_000_000)
			go func() { defer close(done); round.run(ctx, g, 8) }()
			// Kill in the middle of the work: some events delivered, some only stored.
			before := len(r.got())
			r.wait(t, before+50)
			require.Equal(t, -1, g.stop(syscall.SIGKILL))
			cancel()
			<-done
			g.start()
			require.Eventually(t, func() bool { return len(round.missing(r)) == 0 }, patience, 20*time.Millisecond,
				"lost acknowledged events: %v", round.missing(r))
			require.NotEmpty(t, round.ok)
			p.merge(round)
		}
		t.Logf("%d acknowledged, %d received over %d kills", len(p.ok), len(r.got()), kills)
		for _, id := range p.ok {
			g.waitDelivery(id, "delivered")
		}
	})
}

func (p *acknowledged) merge(other *acknowledged) {
	if p.ok == nil {
		p.ok = map[int64]string{}
	}
	for n, id := range other.ok {
		p.ok[n] = id
	}
}

func TestKillPlugin(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", fastPlugin(t))
	r := newReceiver(t, nil)
	g.subscribe("fast", r.URL, "order.*")
	g.do("POST", "/callbell/v1/webhooks/subscribe", callbellSubscribe, callbellHeaders...).requireStatus(t, http.StatusOK)

	ctx, cancel := context.WithCancel(t.Context())
	p := &acknowledged{}
	done := make(chan struct{})
	go func() { defer close(done); p.run(ctx, g, 4) }()
	for range 3 {
		before := len(r.got())
		r.wait(t, before+20)
		for _, pid := range children(t, g.command.Process.Pid) {
			require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		}
		// A call of the API waits for the plugin, or is told to come back.
		a := g.do("GET", "/callbell/v1/webhooks/events", "", callbellHeaders...)
		if a.status != http.StatusOK {
			require.Equal(t, http.StatusServiceUnavailable, a.status, "%s", a.body)
			require.Contains(t, string(a.body), `"error"`)
			require.NotEmpty(t, a.header.Get("Retry-After"))
		}
		require.Eventually(t, func() bool {
			return g.do("GET", "/callbell/v1/webhooks/events", "", callbellHeaders...).status == http.StatusOK
		}, patience, 20*time.Millisecond, "the plugin does not come back")
	}
	cancel()
	<-done
	require.Eventually(t, func() bool { return len(p.missing(r)) == 0 }, patience, 20*time.Millisecond)
	require.NotEmpty(t, p.ok)
}

// children lists the processes that a process started.
func children(t *testing.T, pid int) (pids []int) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ps", "-o", "pid=", "--ppid", strconv.Itoa(pid)).Output()
	require.NoError(t, err)
	for _, field := range strings.Fields(string(out)) {
		child, err := strconv.Atoi(field)
		require.NoError(t, err)
		pids = append(pids, child)
	}
	require.NotEmpty(t, pids)
	return pids
}

func TestTermination(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database, fastPlugin(t))
		// Slow answers keep attempts in flight when the signal comes.
		release := make(chan struct{})
		var first sync.Once
		arrived := make(chan struct{})
		r := newReceiver(t, func(_ int, _ http.ResponseWriter, req *http.Request) {
			first.Do(func() { close(arrived) })
			select {
			case <-release:
			case <-req.Context().Done():
			}
		})
		sub := g.subscribe("fast", r.URL, "order.*")
		p := &acknowledged{ok: map[int64]string{}}
		for range 20 {
			p.one(t.Context(), g.base, g)
		}
		require.Len(t, p.ok, 20)
		<-arrived
		plugins := children(t, g.command.Process.Pid)
		time.AfterFunc(200*time.Millisecond, func() { close(release) })
		require.Zero(t, g.stop(syscall.SIGTERM), "%s", g.log)
		for _, pid := range plugins {
			require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH, "a plugin outlived the gateway")
		}
		g.start()
		require.Eventually(t, func() bool { return len(p.missing(r)) == 0 }, patience, 20*time.Millisecond)
		// What has arrived is recorded a moment later.
		require.Eventually(t, func() bool {
			return len(g.deliveries("limit=100&status=delivered&subscription_id="+sub)) == 20
		}, patience, 20*time.Millisecond)
	})
}
