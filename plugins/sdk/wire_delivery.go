package sdk

import "github.com/switchhook/switchhook/gen/adapterv1"

// Proto is the wire form.
func (e *Event) Proto() *adapterv1.Event {
	return &adapterv1.Event{
		Id:              e.ID,
		Source:          e.Source,
		Type:            e.Type,
		Subject:         e.Subject,
		Time:            timeProto(e.Time),
		DataContentType: e.DataContentType,
		DataSchema:      e.DataSchema,
		Extensions:      e.Extensions,
		Data:            e.Data,
	}
}

// EventFromProto is the opposite of Proto.
func EventFromProto(p *adapterv1.Event) Event {
	return Event{
		ID:              p.GetId(),
		Source:          p.GetSource(),
		Type:            p.GetType(),
		Subject:         p.GetSubject(),
		Time:            timeFromProto(p.GetTime()),
		DataContentType: p.GetDataContentType(),
		DataSchema:      p.GetDataSchema(),
		Extensions:      p.GetExtensions(),
		Data:            p.GetData(),
	}
}

// Proto is the wire form.
func (a Attempt) Proto() *adapterv1.Attempt {
	return &adapterv1.Attempt{
		Number:          uint32(a.Number), //nolint:gosec // counts from 1
		StartedAt:       timeProto(a.StartedAt),
		Duration:        durationProto(a.Duration),
		ResponseStatus:  uint32(a.ResponseStatus), //nolint:gosec // three digits
		ResponseHeaders: HeadersProto(a.ResponseHeaders),
		ResponseBody:    a.ResponseBody,
		Error:           wireText(a.Error),
	}
}

// AttemptFromProto is the opposite of Proto.
func AttemptFromProto(p *adapterv1.Attempt) Attempt {
	return Attempt{
		Number:          int(p.GetNumber()),
		StartedAt:       timeFromProto(p.GetStartedAt()),
		Duration:        p.GetDuration().AsDuration(),
		ResponseStatus:  int(p.GetResponseStatus()),
		ResponseHeaders: HeadersFromProto(p.GetResponseHeaders()),
		ResponseBody:    p.GetResponseBody(),
		Error:           p.GetError(),
	}
}

// Proto is the wire form.
func (d DeliveryRecord) Proto() *adapterv1.DeliveryRecord {
	p := &adapterv1.DeliveryRecord{
		Id:             d.ID,
		SubscriptionId: d.SubscriptionID,
		Event:          d.Event.Proto(),
		EventType:      d.EventType,
		Verbatim:       d.Verbatim,
		Status:         adapterv1.DeliveryStatus(d.Status), //nolint:gosec // a small enumeration
		CreatedAt:      timeProto(d.CreatedAt),
	}
	for _, a := range d.Attempts {
		p.Attempts = append(p.Attempts, a.Proto())
	}
	return p
}

// DeliveryRecordFromProto is the opposite of Proto.
func DeliveryRecordFromProto(p *adapterv1.DeliveryRecord) DeliveryRecord {
	d := DeliveryRecord{
		ID:             p.GetId(),
		SubscriptionID: p.GetSubscriptionId(),
		Event:          EventFromProto(p.GetEvent()),
		EventType:      p.GetEventType(),
		Verbatim:       p.GetVerbatim(),
		Status:         DeliveryStatus(p.GetStatus()),
		CreatedAt:      timeFromProto(p.GetCreatedAt()),
	}
	for _, a := range p.GetAttempts() {
		d.Attempts = append(d.Attempts, AttemptFromProto(a))
	}
	return d
}

// Proto is the wire form.
func (q DeliveryQuery) Proto() *adapterv1.ListDeliveries {
	p := &adapterv1.ListDeliveries{
		SubscriptionId: wireText(q.SubscriptionID),
		EventTypes:     q.EventTypes,
		Limit:          uint32(max(q.Limit, 0)),  //nolint:gosec // bounded below
		Offset:         uint32(max(q.Offset, 0)), //nolint:gosec // bounded below
		Cursor:         q.Cursor,
		DeliveryId:     wireText(q.DeliveryID),
		Since:          timeProto(q.Since),
		CountOnly:      q.CountOnly,
	}
	for _, s := range q.Statuses {
		p.Statuses = append(p.Statuses, adapterv1.DeliveryStatus(s)) //nolint:gosec // a small enumeration
	}
	return p
}

// DeliveryQueryFromProto is the opposite of Proto.
func DeliveryQueryFromProto(p *adapterv1.ListDeliveries) DeliveryQuery {
	q := DeliveryQuery{
		SubscriptionID: p.GetSubscriptionId(),
		EventTypes:     p.GetEventTypes(),
		Limit:          int(p.GetLimit()),
		Offset:         int(p.GetOffset()),
		Cursor:         p.GetCursor(),
		DeliveryID:     p.GetDeliveryId(),
		Since:          timeFromProto(p.GetSince()),
		CountOnly:      p.GetCountOnly(),
	}
	for _, s := range p.GetStatuses() {
		q.Statuses = append(q.Statuses, DeliveryStatus(s))
	}
	return q
}
