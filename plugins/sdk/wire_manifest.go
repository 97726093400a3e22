package sdk

import (
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// Proto is the wire form.
func (m *Manifest) Proto() *adapterv1.Manifest {
	p := &adapterv1.Manifest{
		Provider:          m.Provider,
		Title:             m.Title,
		Version:           m.Version,
		Openapi:           m.OpenAPI,
		OpenCatalogue:     m.OpenCatalogue,
		UniqueName:        m.UniqueName,
		IdFormat:          adapterv1.IDFormat(m.IDFormat), //nolint:gosec // a small enumeration
		Url:               &adapterv1.URLPolicy{Schemes: m.URL.Schemes, Pattern: m.URL.Pattern},
		Secret:            m.Secret.proto(),
		Delivery:          m.Delivery.proto(),
		RequestsPerSecond: uint32(max(m.RequestsPerSecond, 0)), //nolint:gosec // bounded below
		Unavailable:       m.Unavailable.Proto(),
	}
	for _, t := range m.EventTypes {
		p.EventTypes = append(p.EventTypes, &adapterv1.EventType{
			Name: t.Name, Canonical: t.Canonical, Description: t.Description, JsonSchema: t.JSONSchema,
			When: filtersProto(t.When), FilterKeys: filterKeysProto(t.FilterKeys),
		})
	}
	for _, v := range m.SecretVariants {
		p.SecretVariants = append(p.SecretVariants, &adapterv1.SecretVariant{Setting: v.Setting, Value: v.Value, Secret: v.Secret.proto()})
	}
	for _, l := range m.Limits {
		p.Limits = append(p.Limits, &adapterv1.Limit{
			Scope: adapterv1.Limit_Scope(l.Scope), Max: uint32(max(l.Max, 0)), //nolint:gosec // small numbers
		})
	}
	return p
}

// ManifestFromProto is the opposite of Proto.
func ManifestFromProto(p *adapterv1.Manifest) Manifest {
	m := Manifest{
		Provider:          p.GetProvider(),
		Title:             p.GetTitle(),
		Version:           p.GetVersion(),
		OpenAPI:           p.GetOpenapi(),
		OpenCatalogue:     p.GetOpenCatalogue(),
		UniqueName:        p.GetUniqueName(),
		IDFormat:          IDFormat(p.GetIdFormat()),
		URL:               URLPolicy{Schemes: p.GetUrl().GetSchemes(), Pattern: p.GetUrl().GetPattern()},
		Secret:            secretPolicyFromProto(p.GetSecret()),
		Delivery:          deliveryPolicyFromProto(p.GetDelivery()),
		RequestsPerSecond: int(p.GetRequestsPerSecond()),
		Unavailable:       ResponseFromProto(p.GetUnavailable()),
	}
	for _, t := range p.GetEventTypes() {
		m.EventTypes = append(m.EventTypes, EventType{
			Name: t.GetName(), Canonical: t.GetCanonical(), Description: t.GetDescription(), JSONSchema: t.GetJsonSchema(),
			When: filtersFromProto(t.GetWhen()), FilterKeys: filterKeysFromProto(t.GetFilterKeys()),
		})
	}
	for _, v := range p.GetSecretVariants() {
		m.SecretVariants = append(m.SecretVariants, SecretVariant{
			Setting: v.GetSetting(), Value: v.GetValue(), Secret: secretPolicyFromProto(v.GetSecret()),
		})
	}
	for _, l := range p.GetLimits() {
		m.Limits = append(m.Limits, Limit{Scope: LimitScope(l.GetScope()), Max: int(l.GetMax())})
	}
	return m
}

func (s SecretPolicy) proto() *adapterv1.SecretPolicy {
	p := &adapterv1.SecretPolicy{
		Generate: s.Generate,
		Prefix:   s.Prefix,
		Bytes:    uint32(max(s.Bytes, 0)),                     //nolint:gosec // bounded below
		Encoding: adapterv1.SecretPolicy_Encoding(s.Encoding), //nolint:gosec // a small enumeration
		Pattern:  s.Pattern,
		Overlap:  s.Overlap,
	}
	if s.KeyPair != nil {
		p.KeyPair = &adapterv1.KeyPair{PublicPrefix: s.KeyPair.PublicPrefix, PublicSetting: s.KeyPair.PublicSetting}
	}
	return p
}

func secretPolicyFromProto(p *adapterv1.SecretPolicy) SecretPolicy {
	s := SecretPolicy{
		Generate: p.GetGenerate(), Prefix: p.GetPrefix(), Bytes: int(p.GetBytes()),
		Encoding: SecretEncoding(p.GetEncoding()), Pattern: p.GetPattern(), Overlap: p.GetOverlap(),
	}
	if pair := p.GetKeyPair(); pair != nil {
		s.KeyPair = &KeyPair{PublicPrefix: pair.GetPublicPrefix(), PublicSetting: pair.GetPublicSetting()}
	}
	return s
}

func (d DeliveryPolicy) proto() *adapterv1.DeliveryPolicy {
	p := &adapterv1.DeliveryPolicy{
		Timeout:      durationProto(d.Timeout),
		MaxAttempts:  uint32(max(d.MaxAttempts, 0)), //nolint:gosec // bounded below
		Budget:       durationProto(d.Budget),
		Jitter:       d.Jitter,
		DisableAfter: durationProto(d.DisableAfter),
	}
	for _, r := range d.Success {
		p.Success = append(p.Success, &adapterv1.StatusRange{From: uint32(r.From), To: uint32(r.To)}) //nolint:gosec // three digits
	}
	for _, w := range d.Schedule {
		p.Schedule = append(p.Schedule, durationpb.New(w))
	}
	return p
}

func deliveryPolicyFromProto(p *adapterv1.DeliveryPolicy) DeliveryPolicy {
	d := DeliveryPolicy{
		Timeout:      p.GetTimeout().AsDuration(),
		MaxAttempts:  int(p.GetMaxAttempts()),
		Budget:       p.GetBudget().AsDuration(),
		Jitter:       p.GetJitter(),
		DisableAfter: p.GetDisableAfter().AsDuration(),
	}
	for _, r := range p.GetSuccess() {
		d.Success = append(d.Success, StatusRange{From: int(r.GetFrom()), To: int(r.GetTo())})
	}
	for _, w := range p.GetSchedule() {
		d.Schedule = append(d.Schedule, w.AsDuration())
	}
	return d
}

func filterKeysProto(ks []FilterKey) []*adapterv1.FilterKey {
	out := make([]*adapterv1.FilterKey, len(ks))
	for i, k := range ks {
		out[i] = &adapterv1.FilterKey{Key: k.Key, Fields: k.Fields, Implied: impliedProto(k.Implied)}
	}
	return out
}

func filterKeysFromProto(ps []*adapterv1.FilterKey) []FilterKey {
	if len(ps) == 0 {
		return nil
	}
	out := make([]FilterKey, len(ps))
	for i, p := range ps {
		out[i] = FilterKey{Key: p.GetKey(), Fields: p.GetFields(), Implied: impliedFromProto(p.GetImplied())}
	}
	return out
}

func impliedProto(vs []ImpliedValue) []*adapterv1.ImpliedValue {
	out := make([]*adapterv1.ImpliedValue, len(vs))
	for i, v := range vs {
		out[i] = &adapterv1.ImpliedValue{Type: v.Type, When: filtersProto(v.When), Value: v.Value}
	}
	return out
}

func impliedFromProto(ps []*adapterv1.ImpliedValue) []ImpliedValue {
	if len(ps) == 0 {
		return nil
	}
	out := make([]ImpliedValue, len(ps))
	for i, p := range ps {
		out[i] = ImpliedValue{Type: p.GetType(), When: filtersFromProto(p.GetWhen()), Value: p.GetValue()}
	}
	return out
}
