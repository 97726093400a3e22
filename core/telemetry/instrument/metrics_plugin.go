package instrument

// Why a call to a plugin failed.
const (
	CallUnavailable = "unavailable"
	CallBadReply    = "bad_reply"
	CallTimeout     = "timeout"
)

// Plugins.
var (
	PluginRestarts = &Definition{
		Name: "switchhook.plugin.restarts", Kind: Counter, Unit: "{restart}",
		Description: "Starts of a provider's plugin after the first.",
		Attributes:  []Attribute{provider},
	}
	PluginState = &Definition{
		Name: "switchhook.plugin.state", Kind: Gauge, Unit: "{plugin}",
		Description: "1 for the state that a provider's plugin is in, 0 for the others.",
		Attributes:  []Attribute{provider, {Key: "state", Values: []string{"starting", "up", "down"}}},
	}
	RenderDuration = &Definition{
		Name: "switchhook.plugin.render.duration", Kind: Histogram, Unit: "s", Buckets: fastBuckets,
		Description: "Time of one call that has a plugin render a batch of deliveries, and why it failed.",
		Attributes:  []Attribute{provider, {Key: "error.type", Values: []string{CallUnavailable, CallBadReply, CallTimeout, Other}, Optional: true}},
	}
	RenderSize = &Definition{
		Name: "switchhook.plugin.render.size", Kind: Histogram, Unit: "{delivery}", Buckets: sizeBuckets,
		Description: "Deliveries in one call that renders.",
		Attributes:  []Attribute{provider},
	}
	RenderRefused = &Definition{
		Name: "switchhook.plugin.render.refused", Kind: Counter, Unit: "{delivery}",
		Description: "Deliveries that a plugin could not render while it rendered others.",
		Attributes:  []Attribute{provider},
	}
)

var pluginMetrics = []*Definition{PluginRestarts, PluginState, RenderDuration, RenderSize, RenderRefused}

// States of connections to subscribers.
const (
	ConnectionIdle = "idle"
	ConnectionUsed = "used"
)

// Connections to subscribers.
var (
	EgressConnections = &Definition{
		Name: "switchhook.egress.connections", Kind: Gauge, Unit: "{connection}",
		Description: "Open connections to subscribers.",
		Attributes:  []Attribute{{Key: "state", Values: []string{ConnectionIdle, ConnectionUsed}}},
	}
	EgressDials = &Definition{
		Name: "switchhook.egress.dials", Kind: Counter, Unit: "{connection}",
		Description: "New connections to subscribers, and those that could not be made.",
		Attributes:  []Attribute{{Key: "result", Values: []string{ResultSuccess, ResultFailure}}},
	}
)

var egressMetrics = []*Definition{EgressConnections, EgressDials}
