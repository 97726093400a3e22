package cli_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestReplays(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	sub := x.run("subscription", "create", "--url", "https://example.com/hooks")
	out, err := x.try("", "replay", "create", "--from", "1h", "--statuses", "failed", "--dry-run")
	require.NoError(t, err)
	require.Contains(t, out, "deliveries")
	id := x.run("replay", "create", "--from", "2026-11-20T09:00:00Z", "--to", "2026-11-20T10:00:00Z", "--statuses", "all", "--subscription", sub, "--type", "order.*", "--rate", "50")
	x.run("replay", "list")
	x.run("replay", "get", id)
	x.run("replay", "pause", id)
	x.run("replay", "resume", id)
	x.run("replay", "cancel", id)
	x.fail("replay", "create", "--from", "yesterday", "--statuses", "all")
	x.fail("replay", "create", "--from", "1h", "--statuses", "some")
	x.fail("replay", "create", "--from", "1h")
	x.fail("replay", "get", uuid.UUID{15: 1}.String())
	x.golden("replays")
}

func TestSubscriptionTestsAndRotation(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	sub := x.run("subscription", "create", "--url", "https://example.com/hooks")
	out, err := x.try("", "subscription", "test", sub, "--type", "order.created", "--data", `{"order":"4711"}`)
	require.NoError(t, err)
	shown, err := x.try("", "event", "get", ids.FindString(out))
	require.NoError(t, err)
	require.Contains(t, shown, `{"order":"4711"}`)
	_, err = x.try("", "subscription", "test", sub, "--data", "{")
	require.ErrorContains(t, err, "--data")
	const secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfgh4vWlZk="
	out, err = x.try(secret+"\n", "subscription", "rotate-secret", sub, "--secret", "-", "--overlap", "0s")
	require.NoError(t, err)
	require.Contains(t, out, secret)
	_, err = x.try("", "subscription", "rotate-secret", sub, "--overlap", "-1h")
	require.ErrorContains(t, err, "--overlap: must be whole seconds")
}

func TestAccountSettings(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.run("account", "create", "acme")
	x.run("account", "set", "acme", "--max-subscriptions", "10", "--events-per-second", "2.5", "--event-validation", "warn")
	x.run("account", "set", "acme", "--max-subscriptions", "default")
	x.fail("account", "set", "acme")
	x.fail("account", "set", "acme", "--burst", "many")
	x.fail("account", "set", "acme", "--event-validation", "perhaps")
	x.fail("account", "set", "nobody", "--burst", "10")
	x.golden("settings")
}

func TestDelayedEvents(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	at := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	id := x.run("event", "publish", "--type", "order.created", "--data", "1", "--deliver-at", at)
	_, err := x.try("", "event", "cancel", id)
	require.NoError(t, err)
	shown, err := x.try("", "event", "get", id, "-o", "json")
	require.NoError(t, err)
	require.Contains(t, shown, `"cancelled_at"`)
	_, err = x.try("", "event", "publish", "--type", "order.created", "--data", "1", "--deliver-at", "soon")
	require.ErrorContains(t, err, "/deliver_at")
}

// The table has the timings of all attempts, and what was sent and answered last.
func TestDeliveryShowsAttempts(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	sub, event := uuid.MustParse(x.run("subscription", "create", "--url", "https://example.com/hooks")), uuid.MustParse(x.run("event", "publish", "--type", "order.created", "--data", "1"))
	at := time.Now().UTC().Truncate(time.Microsecond)
	id := delivery.NewID(event, sub)
	var sent delivery.Sent // as core/delivery keeps it: four durations in microseconds, then header lines
	for _, n := range []uint64{1400, 2100, 9800, 37900} {
		sent = binary.AppendUvarint(sent, n)
	}
	sent = append(append(append(sent, 1, 1), append([]byte{0, 17}, "Webhook-Signature"...)...), 0)
	for n, a := range []delivery.Attempt{
		{Attempt: sdk.Attempt{Duration: 12500 * time.Microsecond, Error: "connection refused"}},
		{Attempt: sdk.Attempt{
			Duration: 38200 * time.Microsecond, ResponseStatus: 500, ResponseHeaders: []sdk.Header{{Name: "Retry-After", Value: "5\x1b[2J"}}, ResponseBody: []byte("sorry\n"),
		}, Sent: sent, TraceID: "4bf92f3577b34da6a3ce929d0e0e4736"},
	} {
		a.Number, a.StartedAt = n+1, at
		x.server.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{{
			Delivery: delivery.Delivery{
				AccountID: x.server.Default.ID, ID: id, EventKey: event, SubscriptionID: sub, Provider: "standard", EventType: "order.created",
				Status: sdk.DeliveryRetrying, AttemptCount: a.Number, FirstAttemptAt: at, DueAt: at.Add(time.Hour), CreatedAt: at, UpdatedAt: at,
			},
			Attempt: &a,
		}}})
	}
	x.run("delivery", "get", id.String())
	x.golden("attempts")
}

func TestDeliverySearchAndCancel(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	sub, event := uuid.MustParse(x.run("subscription", "create", "--url", "https://example.com/hooks")), uuid.MustParse(x.run("event", "publish", "--type", "order.created", "--data", "1"))
	at := time.Now().UTC().Truncate(time.Microsecond)
	id := delivery.NewID(event, sub)
	x.server.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{{
		Delivery: delivery.Delivery{
			AccountID: x.server.Default.ID, ID: id, EventKey: event, SubscriptionID: sub, Provider: "standard", EventType: "order.created",
			Status: sdk.DeliveryRetrying, AttemptCount: 1, FirstAttemptAt: at, DueAt: at.Add(time.Hour), CreatedAt: at, UpdatedAt: at,
		},
		Attempt: &delivery.Attempt{Attempt: sdk.Attempt{Number: 1, StartedAt: at, ResponseStatus: 503}},
	}}})
	for _, c := range []struct {
		found bool
		args  []string
	}{
		{true, []string{"--response", "500,503"}},
		{false, []string{"--response", "404"}},
		{true, []string{"--provider", "standard", "--after", "1h"}},
		{false, []string{"--before", "1h"}},
	} {
		out, err := x.try("", append([]string{"delivery", "list"}, c.args...)...)
		require.NoError(t, err)
		require.Equal(t, c.found, ids.FindString(out) == id.String(), "%v", c.args)
	}
	out, err := x.try("", "delivery", "cancel", id.String())
	require.NoError(t, err)
	require.Contains(t, out, "cancelled")
	_, err = x.try("", "delivery", "list", "--after", "tomorrow")
	require.ErrorContains(t, err, "--after")
}
