package cli_test

import "testing"

func TestEventTypes(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.run("event-type", "set", "order.created", "--description", "An order was made", "--schema", `{"type":"object","required":["order"]}`)
	x.run("event-type", "get", "order.created")
	x.run("event-type", "set", "order.created", "--deprecated")
	x.fail("event-type", "set", "order.created", "--schema", "{")
	x.fail("event-type", "set", "order.created", "--schema", `{"type":"thing"}`)
	x.run("event-type", "import", "-f", "testdata/webhooks.yaml", "--dry-run")
	x.run("event-type", "import", "-f", "testdata/webhooks.yaml")
	x.fail("event-type", "import", "-f", "testdata/nothing.yaml")
	x.run("event-type", "delete", "order.created")
	x.run("event-type", "get", "order.created")
	x.fail("event-type", "get", "order.lost")
	x.golden("eventtypes")
}
