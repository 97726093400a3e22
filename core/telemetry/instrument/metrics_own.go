package instrument

// What becomes of spans on their way to the collector.
const (
	SpansExported = "exported"
	// SpansQueue: dropped because the queue was full.
	SpansQueue = "queue_full"
	// SpansFailed: dropped because the collector did not take them.
	SpansFailed = "failed"
)

// operationalTypes are those of the gateway's own events.
var operationalTypes = []string{
	"switchhook.subscription.disabled", "switchhook.delivery.dead", "switchhook.limit.reached", "switchhook.key.expiring",
}

// The gateway itself.
var (
	Ready = &Definition{
		Name: "switchhook.ready", Kind: Gauge, Unit: "{check}",
		Description: "1 where a check of /readyz is well, 0 where it is not.",
		Attributes:  []Attribute{{Key: "check", Values: []string{"store", "plugins"}}},
	}
	Spans = &Definition{
		Name: "switchhook.telemetry.spans", Kind: Counter, Unit: "{span}",
		Description: "Spans for the collector: exported, dropped because their queue was full, or not taken by the collector (failed).",
		Attributes:  []Attribute{{Key: "outcome", Values: []string{SpansExported, SpansQueue, SpansFailed}}},
	}
	StoredSpans = &Definition{
		Name: "switchhook.traces.spans", Kind: Counter, Unit: "{span}",
		Description: "Spans for the gateway's own trace view: stored (exported), dropped because too many came (queue_full), or not taken by the store (failed).",
		Attributes:  []Attribute{{Key: "outcome", Values: []string{SpansExported, SpansQueue, SpansFailed}}},
	}
	OperationalEvents = &Definition{
		Name: "switchhook.operational.events", Kind: Counter, Unit: "{event}",
		Description: "Operational events published by this node, by type.",
		Attributes:  []Attribute{{Key: "type", Values: operationalTypes}},
	}
	OperationalDropped = &Definition{
		Name: "switchhook.operational.dropped", Kind: Counter, Unit: "{event}",
		Description: "Operational events that were not published: too many of an account and type (rate), in all (queue), or the store failed (error).",
		Attributes: []Attribute{
			{Key: "type", Values: operationalTypes},
			{Key: "reason", Values: []string{"rate", "queue", "error"}},
		},
	}
)

var ownMetrics = []*Definition{Ready, Spans, StoredSpans, OperationalEvents, OperationalDropped}
