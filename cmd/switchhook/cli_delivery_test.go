package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a delivery's attempt took, sent and got is shown at the command line.
func TestDeliveryGetShowsTheExchange(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { http.Error(w, "not now", http.StatusTeapot) })
	g := startGateway(t, "")
	g.subscribe("standard", r.URL, "order.created")
	d := g.waitDelivery(g.publish("order.created", `{"order":"4711"}`), "retrying")
	out := newConsole(t, g).quiet(0, "delivery", "get", d.ID)
	require.Regexp(t, `(?m)^trace +[0-9a-f]{32}$`, out)
	require.Regexp(t, `(?m)^1 +20\S+ +[0-9.]+ +\S+ +[0-9.]+ +- +[0-9.]+ +418`, out)
	require.Regexp(t, `(?m)^Webhook-Signature +\[REDACTED\]$`, out)
	require.Regexp(t, `(?m)^Traceparent +00-[0-9a-f]{32}-`, out)
	require.Regexp(t, `(?m)^Content-Type +text/plain`, out)
	require.Regexp(t, `(?m)^not now$`, out)
}
