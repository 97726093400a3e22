package main

import (
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A developer's afternoon: listen, publish elsewhere, see it, stop.
func TestListen(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	c := newConsole(t, g)
	args := []string{"listen", "--events", "order.*", "--body"}
	l := c.start("SIGNATURE", args...)
	list := c.quiet(0, "subscription", "list")
	require.Contains(t, list, "switchhook listen on")
	c.quiet(0, "event", "publish", "--type", "invoice.paid", "--data", "1")
	c.quiet(0, "event", "publish", "--type", "order.created", "--id", "1", "--source", "/shop", "--data", `{"order":"4711","total":12.50}`)
	l.wait("12.50\n    }\n  }")
	require.Zero(t, l.interrupt())
	require.NotContains(t, l.out.String(), "invoice.paid")
	c.keep(args, l.out.String())
	require.NotContains(t, c.quiet(0, "subscription", "list"), "switchhook listen", "its subscription is gone")
	inPage(t, "listen", c.seen.String())
}

func TestListenForwards(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	mine := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	c := newConsole(t, g)
	l := c.start("until interrupted", "listen", "--forward", mine.URL+"/hooks", "-o", "json", "--body", "--count", "1")
	event := g.publish("order.created", `{"total":1.50}`)
	require.NoError(t, <-l.exited, "one was wanted")
	require.Contains(t, l.out.String(), `"status":418,"signature":"ok","body":{"specversion":"1.0"`)
	got := mine.wait(t, 1)[0]
	require.Equal(t, "/hooks", got.path)
	require.Contains(t, string(got.body), `"data":{"total":1.50}`)
	d := g.waitDelivery(event, "cancelled")
	require.Equal(t, 418, d.Attempts[0].ResponseStatus, "the subscriber's answer is the gateway's")
}

func TestListenSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	strict := newConsole(t, startGateway(t, "", "SWITCHHOOK_EGRESS_ALLOW="))
	out := strict.quiet(1, "listen")
	require.Contains(t, out, "/url")
	require.Contains(t, out, "SWITCHHOOK_EGRESS_ALLOW=127.0.0.0/8")
	require.Contains(t, out, "--url")
	require.NotContains(t, strict.quiet(0, "subscription", "list"), "switchhook listen")
	for want, args := range map[string][]string{
		"not on this machine":             {"listen", "--server", "https://gateway.example.com"},
		"--forward":                       {"listen", "--forward", "localhost:3000"},
		"--listen":                        {"listen", "--listen", "nowhere"},
		"--output: must be table or json": {"listen", "-o", "yaml"},
		"set SWITCHHOOK_KEY":              {"listen", "--key", " "},
	} {
		require.Contains(t, strict.quiet(1, args...), want)
	}
}

// A gateway that went away does not keep the listener from ending; it says what
// is left there.
func TestListenOutlivesItsGateway(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	c := newConsole(t, g)
	l := c.start("SIGNATURE", "listen")
	g.stop(syscall.SIGKILL)
	require.Equal(t, 1, l.interrupt())
	require.Contains(t, l.out.String(), "switchhook subscription delete")
}
