package sdk

import "time"

// Delivery is what Render gets: one event on its way to one subscription.
type Delivery struct {
	// ID is stable over all attempts.
	ID    string
	Event *Event
	// EventType is the native type under which it goes out.
	EventType string
	// Verbatim: the event was published under its native name, so its data is the
	// payload as it stands.
	Verbatim bool
	// Subscription, without what says nothing about rendering: patterns, filters,
	// times and health.
	Subscription *Subscription
	// Attempt counts from 1.
	Attempt int
	// Time of the attempt, for signatures.
	Time time.Time

	shared *sharedBodies
}

// SharedBody returns the body that build makes, made once for all deliveries of
// this batch that have the same event and native type. Use it where the body
// does not depend on the subscription: it is then also sent to the gateway only
// once. Do not change the result.
func (d *Delivery) SharedBody(build func() ([]byte, error)) ([]byte, error) {
	if d.shared == nil {
		return build()
	}
	return d.shared.get(d, build)
}

// Request is a rendered delivery.
type Request struct {
	// Method defaults to POST.
	Method string
	// URL defaults to the subscription's. Scheme, host and port must be its own.
	URL     string
	Headers []Header
	Body    []byte
}

// Response is an HTTP response of the vendor API.
type Response struct {
	Status  int
	Headers []Header
	Body    []byte
}

type bodyKey struct {
	event     *Event
	eventType string
}

type sharedBody struct {
	bytes []byte
	err   error
}

// sharedBodies belongs to one batch, which is rendered by one goroutine.
type sharedBodies struct{ byKey map[bodyKey]sharedBody }

// newSharedBodies expects about n bodies.
func newSharedBodies(n int) *sharedBodies {
	return &sharedBodies{byKey: make(map[bodyKey]sharedBody, n)}
}

func (s *sharedBodies) get(d *Delivery, build func() ([]byte, error)) ([]byte, error) {
	key := bodyKey{event: d.Event, eventType: d.EventType}
	body, ok := s.byKey[key]
	if !ok {
		body.bytes, body.err = build()
		s.byKey[key] = body
	}
	return body.bytes, body.err
}
