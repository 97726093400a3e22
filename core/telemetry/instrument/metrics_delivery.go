package instrument

// provider is bounded by the configuration.
var provider = Attribute{Key: "provider", Bound: "the configured providers"}

// What came of an attempt, beside the kinds of [egress.Kind].
const (
	AttemptSuccess = "success"
	// AttemptRender: the adapter could not make a request of the delivery.
	AttemptRender = "render"
	// AttemptCredentials: there is no access token, or no certificate, for the request.
	AttemptCredentials = "credentials"
)

// Outcomes of attempts: a refused status by its first digit.
var attemptOutcomes = []string{
	AttemptSuccess, "http_1xx", "http_2xx", "http_3xx", "http_4xx", "http_5xx", Other, AttemptRender, AttemptCredentials,
	"invalid", "timeout", "canceled", "dns", "forbidden_address", "refused", "unreachable", "reset", "tls", "too_large_headers", "protocol",
}

// Why subscriptions are disabled.
const (
	DisabledGone    = "gone"
	DisabledFailing = "failing"
)

// ResultSuccess and ResultFailure tell attempts apart.
const (
	ResultSuccess = "success"
	ResultFailure = "failure"
)

// Deliveries.
var (
	Attempts = &Definition{
		Name: "switchhook.delivery.attempts", Kind: Counter, Unit: "{attempt}",
		Description: "Attempts by what came of them: success, the class of a refused status, why no complete answer came, " +
			"render where the adapter made no request, credentials where there was no access token or certificate for it.",
		Attributes: []Attribute{provider, {Key: "outcome", Values: attemptOutcomes}},
	}
	AttemptDuration = &Definition{
		Name: "switchhook.delivery.attempt.duration", Kind: Histogram, Unit: "s", Buckets: httpBuckets,
		Description: "Time of an attempt's HTTP exchange, from the lookup of the host to the last byte that is read.",
		Attributes:  []Attribute{provider, {Key: "result", Values: []string{ResultSuccess, ResultFailure}}},
	}
	Retries = &Definition{
		Name: "switchhook.delivery.retries", Kind: Counter, Unit: "{attempt}",
		Description: "Attempts that are not the first of their delivery.",
		Attributes:  []Attribute{provider},
	}
	Finished = &Definition{
		Name: "switchhook.delivery.finished", Kind: Counter, Unit: "{delivery}",
		Description: "Deliveries whose final state was recorded, by the gateway that did so or was asked to cancel; dead ones are dead letters.",
		Attributes:  []Attribute{provider, {Key: "status", Values: []string{"delivered", "dead", "cancelled"}}},
	}
	Latency = &Definition{
		Name: "switchhook.delivery.latency", Kind: Histogram, Unit: "s", Buckets: longBuckets,
		Description: "Time from the acceptance of an event (its time of delivery, if it was delayed; the replay, if it is replayed) " +
			"until the subscriber has it, with all retries.",
		Attributes: []Attribute{provider},
	}
	Held = &Definition{
		Name: "switchhook.delivery.held", Kind: Counter, Unit: "{delivery}",
		Description: "Deliveries put into the store because their endpoint's line in memory was full or its breaker open.",
	}
	InFlight = &Definition{
		Name: "switchhook.delivery.in_flight", Kind: Gauge, Unit: "{delivery}",
		Description: "Deliveries that are being rendered and sent: first attempts to endpoints that answer (proven) and to others (suspect), and retries.",
		Attributes:  []Attribute{{Key: "class", Values: []string{"proven", "suspect", "retry"}}},
	}
	Waiting = &Definition{
		Name: "switchhook.delivery.waiting", Kind: Gauge, Unit: "{delivery}",
		Description: "Deliveries that wait in memory for their turn; delivery.max_waiting bounds them.",
	}
	WaitingAge = &Definition{
		Name: "switchhook.delivery.waiting.age", Kind: Gauge, Unit: "s",
		Description: "Time that the oldest delivery in memory has waited for its turn.",
	}
	Breakers = &Definition{
		Name: "switchhook.delivery.breakers", Kind: Gauge, Unit: "{subscription}",
		Description: "Subscriptions with recent deliveries by the state of their breaker: closed, open (left alone), half_open (probed).",
		Attributes:  []Attribute{{Key: "state", Values: []string{"closed", "open", "half_open"}}},
	}
	Disabled = &Definition{
		Name: "switchhook.subscription.disabled", Kind: Counter, Unit: "{subscription}",
		Description: "Subscriptions that deliveries have disabled: the endpoint answered 410 (gone), or failed for too long.",
		Attributes:  []Attribute{provider, {Key: "reason", Values: []string{DisabledGone, DisabledFailing}}},
	}
)

var deliveryMetrics = []*Definition{
	Attempts, AttemptDuration, Retries, Finished, Latency, Held, InFlight, Waiting, WaitingAge, Breakers, Disabled,
}
