package instrument

// What becomes of published events.
const (
	PublishAccepted  = "accepted"
	PublishDuplicate = "duplicate"
	PublishRefused   = "refused"
	PublishFailed    = "failed"
)

// Events, from publishing to matching.
var (
	EventPublished = &Definition{
		Name: "switchhook.event.published", Kind: Counter, Unit: "{event}",
		Description: "Events that were accepted and are durable, and repeats of earlier ones.",
		Attributes:  []Attribute{{Key: "outcome", Values: []string{PublishAccepted, PublishDuplicate}}},
	}
	EventPublishDuration = &Definition{
		Name: "switchhook.event.publish.duration", Kind: Histogram, Unit: "s", Buckets: fastBuckets,
		Description: "Time from valid events of one request until they are durable, or refused for the backlog, or could not be stored.",
		Attributes:  []Attribute{{Key: "outcome", Values: []string{PublishAccepted, PublishRefused, PublishFailed}}},
	}
	EventMatches = &Definition{
		Name: "switchhook.event.matches", Kind: Histogram, Unit: "{delivery}", Buckets: sizeBuckets,
		Description: "Subscriptions that an event goes to.",
	}
	EventsInMemory = &Definition{
		Name: "switchhook.event.in_memory", Kind: Gauge, Unit: "{event}",
		Description: "Events in memory that are not done; delivery.queue bounds them.",
	}
	EventMemory = &Definition{
		Name: "switchhook.event.memory", Kind: Gauge, Unit: "By",
		Description: "Bytes of the events in memory.",
	}
)

var eventMetrics = []*Definition{EventPublished, EventPublishDuration, EventMatches, EventsInMemory, EventMemory}

// What a transaction of the journal holds, and why one fails.
const (
	KindEvent   = "event"
	KindOutcome = "outcome"

	CommitFenced = "fenced"
	CommitStore  = "store"
)

// The journal, which commits waiting publishes and outcomes together.
var (
	CommitDuration = &Definition{
		Name: "switchhook.journal.commit.duration", Kind: Histogram, Unit: "s", Buckets: fastBuckets,
		Description: "Time of one transaction of the hot path.",
		Attributes:  []Attribute{{Key: "error.type", Values: []string{CommitFenced, CommitStore}, Optional: true}},
	}
	CommitSize = &Definition{
		Name: "switchhook.journal.commit.size", Kind: Histogram, Unit: "{item}", Buckets: sizeBuckets,
		Description: "Events and outcomes of deliveries in one transaction.",
		Attributes:  []Attribute{{Key: "kind", Values: []string{KindEvent, KindOutcome}}},
	}
	JournalQueue = &Definition{
		Name: "switchhook.journal.queue.depth", Kind: Gauge, Unit: "{request}",
		Description: "Publishes and outcomes that wait for the next transaction.",
	}
)

var journalMetrics = []*Definition{CommitDuration, CommitSize, JournalQueue}
