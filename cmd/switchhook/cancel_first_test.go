package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	engine "github.com/switchhook/switchhook/core/delivery"
)

// hanging are deliveries to a receiver that does not answer: the first is under
// way, and the others are in the memory of the gateway alone.
type hanging struct {
	owner, other *gateway
	receiver     *receiver
	release      chan struct{}
	db           *sql.DB
	// Ids of deliveries.
	sent, tested, published, kept string
}

// hang makes them on one gateway, or on Postgres on the first of two.
func hang(t *testing.T, database string) *hanging {
	t.Helper()
	env := []string{"SWITCHHOOK_DELIVERY_MAX_IN_FLIGHT_PER_SUBSCRIPTION=1", "SWITCHHOOK_SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
	h := &hanging{owner: startGateway(t, database, env...), release: make(chan struct{})}
	h.other = h.owner
	driver, dsn := "pgx", database
	if database == "" {
		driver, dsn = "sqlite", filepath.Join(h.owner.dataDir(), "switchhook.db")
	} else {
		h.other = startGateway(t, database, env...)
	}
	var err error
	h.db, err = sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.db.Close()) })
	h.receiver = newReceiver(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-h.release:
		case <-r.Context().Done():
		}
	})
	sub := h.owner.subscribe("standard", h.receiver.URL, "*")
	idOf := func(event string) string { return engine.NewID(uuid.MustParse(event), uuid.MustParse(sub)).String() }
	h.sent = idOf(h.owner.publish("order.sent", `{}`))
	h.receiver.wait(t, 1)
	var made struct {
		DeliveryID string `json:"delivery_id"`
	}
	h.owner.unified(http.StatusAccepted, "POST", "/v1/subscriptions/"+sub+"/test", `{"type":"order.tested"}`).decode(t, &made)
	h.tested = made.DeliveryID
	h.published = idOf(h.owner.publish("order.published", `{}`))
	h.kept = idOf(h.owner.publish("order.kept", `{}`))
	for _, id := range []string{h.sent, h.tested, h.published, h.kept} {
		h.status(t, id, http.StatusNotFound)
	}
	return h
}

// status reads a delivery; "" for none.
func (h *hanging) status(t *testing.T, id string, want int) (d delivery) {
	t.Helper()
	a := h.other.unified(want, "GET", "/v1/deliveries/"+id, "")
	if want == http.StatusOK {
		a.decode(t, &d)
	}
	return d
}

// cancel cancels a delivery at a gateway that does not have it, if there is one.
func (h *hanging) cancel(t *testing.T, id string) {
	t.Helper()
	var d delivery
	h.other.unified(http.StatusOK, "POST", "/v1/deliveries/"+id+"/cancel", "").decode(t, &d)
	require.Equal(t, []string{id, "cancelled"}, []string{d.ID, d.Status})
	h.other.unified(http.StatusConflict, "POST", "/v1/deliveries/"+id+"/cancel", "")
	h.other.unified(http.StatusConflict, "POST", "/v1/deliveries/"+id+"/retry", "") // its gateway may be at it
}

// known waits until the gateway that has the deliveries knows.
func (h *hanging) known(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		var n int
		return h.db.QueryRowContext(t.Context(), "SELECT count(*) FROM cancellations").Scan(&n) == nil && n == 0
	}, patience, 10*time.Millisecond)
}

func (h *hanging) waitStatus(t *testing.T, id, status string) delivery {
	t.Helper()
	var d delivery
	require.Eventually(t, func() bool {
		a := h.other.do("GET", "/v1/deliveries/"+id, "", "Authorization: Bearer "+operatorKey)
		if a.status != http.StatusOK {
			return false
		}
		a.decode(t, &d)
		return d.Status == status
	}, patience, 10*time.Millisecond)
	return d
}

// types are those of the events that arrived.
func (h *hanging) types(t *testing.T) (types []string) {
	t.Helper()
	for _, r := range h.receiver.got() {
		var ev struct{ Type string }
		answer{body: r.body}.decode(t, &ev)
		types = append(types, ev.Type)
	}
	return types
}

// A first delivery that no row tells of yet is cancelled as any other: one that
// waits is not attempted, of one under way the attempt is recorded.
func TestCancelFirstDeliveries(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		h := hang(t, database)
		for _, id := range []string{h.sent, h.tested, h.published} {
			h.cancel(t, id)
		}
		h.other.unified(http.StatusNotFound, "POST", "/v1/deliveries/"+uuid.NewString()+"/cancel", "")
		h.known(t)
		close(h.release)
		h.waitStatus(t, h.kept, "delivered")
		require.Equal(t, []string{"order.sent", "order.kept"}, h.types(t))
		require.Eventually(t, func() bool { return len(h.status(t, h.sent, http.StatusOK).Attempts) == 1 }, patience, 10*time.Millisecond)
		require.Equal(t, "cancelled", h.status(t, h.sent, http.StatusOK).Status, "though it arrived")
		for _, id := range []string{h.tested, h.published} {
			d := h.status(t, id, http.StatusOK)
			require.Equal(t, "cancelled", d.Status)
			require.Empty(t, d.Attempts)
		}
		h.other.unified(http.StatusAccepted, "POST", "/v1/deliveries/"+h.tested+"/retry", "")
		h.waitStatus(t, h.tested, "delivered")
		require.Equal(t, []string{"order.sent", "order.kept", "order.tested"}, h.types(t))
		// Each end is counted once, by whoever was told of it first.
		require.Eventually(t, func() bool { return h.finished("delivered") == 2 }, patience, 20*time.Millisecond)
		require.EqualValues(t, 3, h.finished("cancelled"))
	})
}

// finished counts the deliveries that ended so, over all gateways.
func (h *hanging) finished(status string) float64 {
	n := h.owner.metric("switchhook_delivery_finished_total", "status", status)
	if h.other != h.owner {
		n += h.other.metric("switchhook_delivery_finished_total", "status", status)
	}
	return n
}

// What is cancelled while no gateway has it is counted by the one that is asked.
func TestACancelledRetryIsCounted(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	r := answering(t, http.StatusInternalServerError)
	g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"order.*"}, "delivery": retryAfter(3600, 3)})
	d := g.waitDelivery(g.publish("order.created", `{}`), "retrying")
	require.Zero(t, g.metric("switchhook_delivery_finished_total"))
	g.unified(http.StatusOK, "POST", "/v1/deliveries/"+d.ID+"/cancel", "")
	require.EqualValues(t, 1, g.metric("switchhook_delivery_finished_total", "provider", "standard", "status", "cancelled"))
	g.unified(http.StatusConflict, "POST", "/v1/deliveries/"+d.ID+"/cancel", "")
	require.EqualValues(t, 1, g.metric("switchhook_delivery_finished_total"))
}

// What was cancelled in the memory of a gateway stays so when that dies.
func TestCancelledFirstDeliveriesSurviveAKill(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		h := hang(t, database)
		h.cancel(t, h.tested)
		h.cancel(t, h.published)
		h.owner.stop(syscall.SIGKILL)
		close(h.release)
		if h.other == h.owner {
			h.owner.start()
		}
		h.waitStatus(t, h.sent, "delivered")
		h.waitStatus(t, h.kept, "delivered")
		for _, id := range []string{h.tested, h.published} {
			require.Equal(t, "cancelled", h.status(t, id, http.StatusOK).Status)
		}
		require.ElementsMatch(t, []string{"order.sent", "order.sent", "order.kept"}, h.types(t))
		h.other.unified(http.StatusAccepted, "POST", "/v1/deliveries/"+h.published+"/retry", "")
		h.waitStatus(t, h.published, "delivered")
	})
}
