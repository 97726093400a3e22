package sdk

import "github.com/switchhook/switchhook/gen/adapterv1"

// Codes have the numbers of the wire; TestErrorRoundTrip holds them together.

// Proto is the wire form. nil stays nil.
func (e *Error) Proto() *adapterv1.Error {
	if e == nil {
		return nil
	}
	fields := make([]*adapterv1.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = &adapterv1.FieldError{In: f.In, Field: wireText(f.Field), Message: wireText(f.Message)}
	}
	return &adapterv1.Error{
		Code:           adapterv1.Error_Code(e.Code), //nolint:gosec // a small enumeration
		Message:        wireText(e.Message),
		Fields:         fields,
		Reason:         e.Reason,
		RetryAfter:     durationProto(e.RetryAfter),
		Allow:          e.Allow,
		RequiredScopes: e.RequiredScopes,
	}
}

// ErrorFromProto is the opposite of Proto. A code that this version does not
// know is internal.
func ErrorFromProto(p *adapterv1.Error) *Error {
	if p == nil {
		return nil
	}
	e := &Error{
		Code:           Code(p.GetCode()),
		Message:        p.GetMessage(),
		Reason:         p.GetReason(),
		RetryAfter:     p.GetRetryAfter().AsDuration(),
		Allow:          p.GetAllow(),
		RequiredScopes: p.GetRequiredScopes(),
	}
	if _, known := codeNames[e.Code]; !known {
		e.Code = CodeInternal
	}
	for _, f := range p.GetFields() {
		e.Fields = append(e.Fields, FieldError{In: f.GetIn(), Field: f.GetField(), Message: f.GetMessage()})
	}
	return e
}
