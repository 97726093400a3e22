package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/proc"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/egress/egresstest"
)

// What a subscriber does to a delivery is recorded as a failed attempt with its
// reason, and holds nobody else.
func TestHostileSubscribersFailWithAReason(t *testing.T) {
	t.Parallel()
	ca := egresstest.CAFile(t)
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database, fastPlugin(t), "SWITCHHOOK_EGRESS_CA="+ca)
		all := egresstest.All()
		events := make([]string, len(all))
		for i, h := range all {
			eventType := fmt.Sprintf("hostile.n%d", i)
			g.subscribe("fast", h.Start(t).URL, eventType)
			events[i] = g.publish(eventType, `{"n":1}`)
		}
		healthy := newReceiver(t, nil)
		g.subscribe("fast", healthy.URL, "order.created")
		g.waitDelivery(g.publish("order.created", `{"n":1}`), "delivered")
		for i, h := range all {
			d := g.waitAttempt(events[i])
			require.Regexp(t, reason(h), d.Attempts[0].Error, h.Name)
			require.Equal(t, h.Status, d.Attempts[0].ResponseStatus, h.Name)
			require.Contains(t, []string{"retrying", "dead"}, d.Status, h.Name)
		}
		require.NotContains(t, g.log.String(), "token="+egresstest.Secret)
	})
}

// reason matches what the attempt says of a subscriber.
func reason(h egresstest.Hostile) string {
	const timeout = "timeout of 2000ms exceeded"
	switch {
	case h.Kind == "":
		return fmt.Sprintf("HTTP %d %s", h.Status, http.StatusText(h.Status))
	case h.Kind == egress.KindTimeout:
		return timeout
	case h.Flood():
		// A slow machine does not get to the end of what is allowed in time.
		return regexp.QuoteMeta(h.Text) + "|" + timeout
	default:
		return regexp.QuoteMeta(h.Text)
	}
}

// waitAttempt waits until the one delivery of an event has an attempt.
func (g *gateway) waitAttempt(eventID string) delivery {
	g.t.Helper()
	var last []delivery
	require.Eventually(g.t, func() bool {
		last = g.deliveries("event_id=" + eventID)
		return len(last) == 1 && len(last[0].Attempts) > 0
	}, patience, 20*time.Millisecond, "event %s: want an attempt", eventID)
	return last[0]
}

const (
	// hostileEach is how many deliveries go to each of the subscribers at once:
	// together they are more than the gateway sends at one time.
	hostileEach = 8
	// hostileGrowth is what gateway and plugins may hold at any time beyond what
	// they held before.
	hostileGrowth = 96 << 20
	// hostileGrowthRaced is for the race detector, which keeps memory of its own.
	hostileGrowthRaced = 5 * hostileGrowth
)

// However much subscribers answer, and however slowly, memory stays within a bound.
func TestHostileSubscribersDoNotFillMemory(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long, and about memory, of which the race detector takes its own: runs without -short")
	}
	if !proc.Supported() {
		needs(t, errors.ErrUnsupported, "this test reads the memory of processes in /proc, which this system does not have")
	}
	g := startGateway(t, "", fastPlugin(t), "SWITCHHOOK_EGRESS_CA="+egresstest.CAFile(t))
	all := egresstest.All()
	for _, h := range all {
		at := h.Start(t).URL
		g.subscribe("fast", at, "hostile.once")
		for i := range hostileEach {
			g.subscribe("fast", fmt.Sprintf("%s&n=%d", at, i), "hostile.all")
		}
	}
	before := g.peakWhileAttempting(g.publish("hostile.once", `{"n":1}`), len(all))
	peak := g.peakWhileAttempting(g.publish("hostile.all", `{"n":1}`), hostileEach*len(all))
	t.Logf("%d MiB, then %d MiB", before>>20, peak>>20)
	bound := int64(hostileGrowth)
	if raceDetector {
		bound = hostileGrowthRaced
	}
	require.Less(t, peak-before, bound)
}

// peakWhileAttempting returns the most memory that the gateway and its plugins
// held until each of an event's deliveries had an attempt.
func (g *gateway) peakWhileAttempting(eventID string, deliveries int) (peak int64) {
	g.t.Helper()
	require.Eventually(g.t, func() bool {
		m, err := proc.Memory(g.command.Process.Pid)
		peak = max(peak, m)
		return err == nil && g.attempted(eventID) == deliveries
	}, patience, 50*time.Millisecond, "want an attempt of each of %d deliveries", deliveries)
	return peak
}

// attempted counts the deliveries of an event that have an attempt.
func (g *gateway) attempted(eventID string) (n int) {
	g.t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items      []delivery
			NextCursor string `json:"next_cursor"`
		}
		g.unified(http.StatusOK, "GET", "/v1/deliveries?limit=100&event_id="+eventID+cursor, "").decode(g.t, &page)
		for _, d := range page.Items {
			if len(d.Attempts) > 0 {
				n++
			}
		}
		if page.NextCursor == "" {
			return n
		}
		cursor = "&cursor=" + url.QueryEscape(page.NextCursor)
	}
}
