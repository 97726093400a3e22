package wire

import (
	"bytes"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// Tags of RenderRequest.
const (
	requestEvents        = 1<<3 | bytesField
	requestSubscriptions = 2<<3 | bytesField
	requestDeliveries    = 3<<3 | bytesField
)

// decodeRequest reads a batch for rendering. Text and data are not copied: they
// lie in message, which is kept with them, and must not change any more. It
// returns false where message has something that a gateway of this version does
// not write; m is then not to be used.
func decodeRequest(message []byte, m *adapterv1.RenderRequest) bool {
	n := count(message, requestEvents, requestSubscriptions, requestDeliveries)
	if n[0]+n[1]+n[2] > maxParts {
		return false
	}
	m.Events, m.Subscriptions = make([]*adapterv1.Event, 0, n[0]), make([]*adapterv1.Subscription, 0, n[1])
	m.Deliveries = make([]*adapterv1.RenderDelivery, 0, n[2])
	events, subscriptions := make([]adapterv1.Event, n[0]), make([]subscription, n[1])
	deliveries := make([]adapterv1.RenderDelivery, n[2])
	var last timestamp
	f := fields{rest: message}
	for f.next() {
		switch f.tag {
		case requestEvents:
			e := &events[len(m.Events)]
			m.Events = append(m.Events, e)
			f.event(e)
		case requestSubscriptions:
			s := &subscriptions[len(m.Subscriptions)]
			s.Spec = &s.spec
			m.Subscriptions = append(m.Subscriptions, &s.Subscription)
			f.subscription(s)
		case requestDeliveries:
			d := &deliveries[len(m.Deliveries)]
			m.Deliveries = append(m.Deliveries, d)
			f.delivery(d, &last)
		default:
			f.unknown()
		}
	}
	return !f.failed
}

// event reads the current field.
func (f *fields) event(e *adapterv1.Event) {
	in := fields{rest: f.bytes}
	for in.next() {
		switch in.tag {
		case 1<<3 | bytesField:
			in.text(&e.Id)
		case 2<<3 | bytesField:
			in.text(&e.Source)
		case 3<<3 | bytesField:
			in.text(&e.Type)
		case 4<<3 | bytesField:
			in.text(&e.Subject)
		case 5<<3 | bytesField:
			in.time(&e.Time)
		case 6<<3 | bytesField:
			in.text(&e.DataContentType)
		case 7<<3 | bytesField:
			in.text(&e.DataSchema)
		case 8<<3 | bytesField:
			in.pair(&e.Extensions)
		case 9<<3 | bytesField:
			e.Data = in.bytes
		default:
			in.unknown()
		}
	}
	f.failed = in.failed
}

// subscription and its spec lie together.
type subscription struct {
	adapterv1.Subscription
	spec adapterv1.SubscriptionSpec
}

// subscription reads the current field: what rendering needs of one, which must
// have exactly one spec.
func (f *fields) subscription(s *subscription) {
	in, specs := fields{rest: f.bytes}, 0
	for in.next() {
		switch in.tag {
		case 1<<3 | bytesField:
			in.text(&s.Id)
		case 2<<3 | bytesField:
			in.text(&s.Namespace)
		case 3<<3 | bytesField:
			specs++
			in.spec(&s.spec)
		default:
			in.unknown()
		}
	}
	f.failed = in.failed || specs != 1
}

// spec reads the current field.
func (f *fields) spec(s *adapterv1.SubscriptionSpec) {
	in := fields{rest: f.bytes}
	for in.next() {
		switch in.tag {
		case 1<<3 | bytesField:
			in.text(&s.Name)
		case 2<<3 | bytesField:
			in.text(&s.Url)
		case 5<<3 | bytesField:
			in.text(&s.Secret)
		case 6<<3 | bytesField:
			h := new(adapterv1.Header)
			s.Headers = append(s.Headers, h)
			in.textPair(&h.Name, &h.Value)
		case 7<<3 | varintField:
			s.Enabled = in.varint != 0
		case 8<<3 | bytesField:
			in.pair(&s.Settings)
		default:
			in.unknown()
		}
	}
	f.failed = in.failed
}

// delivery reads the current field.
func (f *fields) delivery(d *adapterv1.RenderDelivery, last *timestamp) {
	in := fields{rest: f.bytes}
	for in.next() {
		switch in.tag {
		case 1<<3 | bytesField:
			in.text(&d.Id)
		case 2<<3 | varintField:
			d.Event = uint32(in.varint) //nolint:gosec // as the library reads it
		case 3<<3 | varintField:
			d.Subscription = uint32(in.varint) //nolint:gosec // as above
		case 4<<3 | bytesField:
			in.text(&d.EventType)
		case 5<<3 | varintField:
			d.Verbatim = in.varint != 0
		case 6<<3 | varintField:
			d.Attempt = uint32(in.varint) //nolint:gosec // as above
		case 7<<3 | bytesField:
			if last.value == nil || !bytes.Equal(last.message, in.bytes) {
				last.message, last.value = in.bytes, nil
				in.time(&last.value)
			}
			in.failed = in.failed || d.AttemptTime != nil
			d.AttemptTime = last.value
		case 8<<3 | bytesField:
			in.text(&d.Traceparent)
		default:
			in.unknown()
		}
	}
	f.failed = in.failed
}

// timestamp is one that was read: deliveries of a batch mostly have the same.
type timestamp struct {
	message []byte
	value   *timestamppb.Timestamp
}

// time reads the current field, which a message must have no second of.
func (f *fields) time(to **timestamppb.Timestamp) {
	if *to != nil {
		f.failed = true
		return
	}
	t := new(timestamppb.Timestamp)
	in := fields{rest: f.bytes}
	for in.next() {
		switch in.tag {
		case 1<<3 | varintField:
			t.Seconds = int64(in.varint) //nolint:gosec // negative ones are written that way
		case 2<<3 | varintField:
			t.Nanos = int32(in.varint) //nolint:gosec // as above
		default:
			in.unknown()
		}
	}
	f.failed = in.failed
	*to = t
}
