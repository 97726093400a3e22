package sdk

import "github.com/switchhook/switchhook/gen/adapterv1"

// Proto is the wire form.
func (p Probe) Proto() *adapterv1.Probe {
	return &adapterv1.Probe{
		Method:         p.Method,
		Url:            p.URL,
		Headers:        HeadersProto(p.Headers),
		Body:           p.Body,
		Timeout:        durationProto(p.Timeout),
		Background:     p.Background,
		SubscriptionId: p.SubscriptionID,
		ExpectBody:     p.ExpectBody,
	}
}

// ProbeFromProto is the opposite of Proto.
func ProbeFromProto(p *adapterv1.Probe) Probe {
	return Probe{
		Method:         p.GetMethod(),
		URL:            p.GetUrl(),
		Headers:        HeadersFromProto(p.GetHeaders()),
		Body:           p.GetBody(),
		Timeout:        p.GetTimeout().AsDuration(),
		Background:     p.GetBackground(),
		SubscriptionID: p.GetSubscriptionId(),
		ExpectBody:     p.GetExpectBody(),
	}
}

// Proto is the wire form.
func (r ProbeResult) Proto() *adapterv1.ProbeReply {
	return &adapterv1.ProbeReply{
		Status:  uint32(r.Status), //nolint:gosec // three digits
		Headers: HeadersProto(r.Headers),
		Body:    r.Body,
		Error:   r.Error,
	}
}

// ProbeResultFromProto is the opposite of Proto.
func ProbeResultFromProto(p *adapterv1.ProbeReply) ProbeResult {
	return ProbeResult{
		Status:  int(p.GetStatus()),
		Headers: HeadersFromProto(p.GetHeaders()),
		Body:    p.GetBody(),
		Error:   p.GetError(),
	}
}
