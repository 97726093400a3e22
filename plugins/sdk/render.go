package sdk

import (
	"hash"
	"time"
)

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

	shared *shared
}

// SharedBody returns the body that build makes, made once for all deliveries of
// this batch that have the same event and native type. Use it where the body
// does not depend on the subscription: it is then also sent to the gateway only
// once. Do not change the result.
func (d *Delivery) SharedBody(build func() ([]byte, error)) ([]byte, error) {
	if d.shared == nil {
		return build()
	}
	return d.shared.body(d, build)
}

// SharedMAC returns the keyed hash that build makes, made once for all deliveries
// of this batch to the same subscription, with nothing written to it. It is good
// until the next delivery is rendered. build returns a new one, or why there is
// none: later deliveries then get the same error.
func (d *Delivery) SharedMAC(build func() (hash.Hash, error)) (hash.Hash, error) {
	if d.shared == nil {
		return build()
	}
	return d.shared.mac(d.Subscription, build)
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

type sharedMAC struct {
	hash hash.Hash
	err  error
}

// shared is what deliveries of one batch share, which one goroutine renders.
type shared struct {
	bodies map[bodyKey]sharedBody
	macs   map[*Subscription]sharedMAC
}

// Batch makes deliveries share what [Delivery.SharedBody] and [Delivery.SharedMAC]
// make. The SDK does this for those of one call; tests may do it themselves.
func Batch(deliveries []Delivery) {
	s := newShared(len(deliveries), len(deliveries))
	for i := range deliveries {
		deliveries[i].shared = s
	}
}

// newShared expects about so many bodies and subscriptions.
func newShared(bodies, subscriptions int) *shared {
	return &shared{
		bodies: make(map[bodyKey]sharedBody, bodies),
		macs:   make(map[*Subscription]sharedMAC, subscriptions),
	}
}

func (s *shared) body(d *Delivery, build func() ([]byte, error)) ([]byte, error) {
	key := bodyKey{event: d.Event, eventType: d.EventType}
	body, ok := s.bodies[key]
	if !ok {
		body.bytes, body.err = build()
		s.bodies[key] = body
	}
	return body.bytes, body.err
}

func (s *shared) mac(sub *Subscription, build func() (hash.Hash, error)) (hash.Hash, error) {
	mac, ok := s.macs[sub]
	switch {
	case !ok: // nothing is written to it: the first Reset of an HMAC is not cheap
		mac.hash, mac.err = build()
		s.macs[sub] = mac
	case mac.err == nil:
		mac.hash.Reset()
	}
	return mac.hash, mac.err
}
