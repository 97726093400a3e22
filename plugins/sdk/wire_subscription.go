package sdk

import "github.com/switchhook/switchhook/gen/adapterv1"

// Proto is the wire form, the secret in clear.
func (s SubscriptionSpec) Proto() *adapterv1.SubscriptionSpec {
	return &adapterv1.SubscriptionSpec{
		Name:       s.Name,
		Url:        s.URL,
		EventTypes: s.EventTypes,
		Filters:    filtersProto(s.Filters),
		Secret:     s.Secret.Reveal(),
		Headers:    HeadersProto(s.Headers),
		Enabled:    s.Enabled,
		Settings:   s.Settings,
	}
}

// SubscriptionSpecFromProto is the opposite of Proto.
func SubscriptionSpecFromProto(p *adapterv1.SubscriptionSpec) SubscriptionSpec {
	return SubscriptionSpec{
		Name:       p.GetName(),
		URL:        p.GetUrl(),
		EventTypes: p.GetEventTypes(),
		Filters:    filtersFromProto(p.GetFilters()),
		Secret:     Secret(p.GetSecret()),
		Headers:    HeadersFromProto(p.GetHeaders()),
		Enabled:    p.GetEnabled(),
		Settings:   p.GetSettings(),
	}
}

// Proto is the wire form, the secret in clear.
func (s *Subscription) Proto() *adapterv1.Subscription {
	return &adapterv1.Subscription{
		Id:             s.ID,
		Namespace:      s.Namespace,
		Spec:           s.SubscriptionSpec.Proto(),
		DisabledReason: s.DisabledReason,
		CreatedAt:      timeProto(s.CreatedAt),
		UpdatedAt:      timeProto(s.UpdatedAt),
		LastError:      s.LastError.proto(),
		PreviousSecret: s.PreviousSecret.Reveal(),
	}
}

// SubscriptionFromProto is the opposite of Proto.
func SubscriptionFromProto(p *adapterv1.Subscription) *Subscription {
	return &Subscription{
		ID:               p.GetId(),
		Namespace:        p.GetNamespace(),
		SubscriptionSpec: SubscriptionSpecFromProto(p.GetSpec()),
		DisabledReason:   p.GetDisabledReason(),
		CreatedAt:        timeFromProto(p.GetCreatedAt()),
		UpdatedAt:        timeFromProto(p.GetUpdatedAt()),
		LastError:        lastErrorFromProto(p.GetLastError()),
		PreviousSecret:   Secret(p.GetPreviousSecret()),
	}
}

// Proto is the wire form; what the patch keeps is absent.
func (s SubscriptionPatch) Proto() *adapterv1.SubscriptionPatch {
	p := &adapterv1.SubscriptionPatch{Name: s.Name, Url: s.URL, Enabled: s.Enabled}
	if s.EventTypes != nil {
		p.EventTypes = &adapterv1.EventTypePatterns{Patterns: *s.EventTypes}
	}
	if s.Filters != nil {
		p.Filters = &adapterv1.Filters{Filters: filtersProto(*s.Filters)}
	}
	if s.Secret != nil {
		text := s.Secret.Reveal()
		p.Secret = &text
	}
	if s.Headers != nil {
		p.Headers = &adapterv1.Headers{Headers: HeadersProto(*s.Headers)}
	}
	if s.Settings != nil {
		p.Settings = &adapterv1.Settings{Settings: *s.Settings}
	}
	return p
}

// SubscriptionPatchFromProto is the opposite of Proto. No patch keeps everything.
func SubscriptionPatchFromProto(p *adapterv1.SubscriptionPatch) SubscriptionPatch {
	if p == nil {
		return SubscriptionPatch{}
	}
	s := SubscriptionPatch{Name: p.Name, URL: p.Url, Enabled: p.Enabled} //nolint:protogetter // presence matters
	if p.GetEventTypes() != nil {
		patterns := p.GetEventTypes().GetPatterns()
		s.EventTypes = &patterns
	}
	if p.GetFilters() != nil {
		filters := filtersFromProto(p.GetFilters().GetFilters())
		s.Filters = &filters
	}
	if p.Secret != nil {
		secret := Secret(p.GetSecret())
		s.Secret = &secret
	}
	if p.GetHeaders() != nil {
		headers := HeadersFromProto(p.GetHeaders().GetHeaders())
		s.Headers = &headers
	}
	if p.GetSettings() != nil {
		settings := p.GetSettings().GetSettings()
		s.Settings = &settings
	}
	return s
}

func (e *LastError) proto() *adapterv1.LastError {
	if e == nil {
		return nil
	}
	return &adapterv1.LastError{At: timeProto(e.At), Message: e.Message}
}

func lastErrorFromProto(p *adapterv1.LastError) *LastError {
	if p == nil {
		return nil
	}
	return &LastError{At: timeFromProto(p.GetAt()), Message: p.GetMessage()}
}
