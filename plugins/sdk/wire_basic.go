package sdk

import (
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// The wire_*.go files translate between the native structs and the protocol
// buffers, in pairs: X.Proto() and XFromProto. Adapters never need them; a
// host does. Reading never fails: what is missing becomes the zero value, and
// the host checks the native struct.

// wireText makes text fit for protocol buffers, which refuse a whole message for
// one byte that is not UTF-8. Only text that comes from outside as bytes needs
// it: headers, and what an endpoint or an error says.
func wireText(s string) string {
	if utf8.ValidString(s) { // faster than to look for what there is to replace
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// HeadersProto is the wire form of headers. Bytes that are not UTF-8 are replaced.
func HeadersProto(hs []Header) []*adapterv1.Header {
	out, all := make([]*adapterv1.Header, len(hs)), make([]adapterv1.Header, len(hs))
	for i, h := range hs {
		out[i] = &all[i]
		all[i].Name, all[i].Value = wireText(h.Name), wireText(h.Value)
	}
	return out
}

// HeadersFromProto is the opposite of [HeadersProto].
func HeadersFromProto(ps []*adapterv1.Header) []Header {
	if len(ps) == 0 {
		return nil
	}
	out := make([]Header, len(ps))
	for i, p := range ps {
		out[i] = Header{Name: p.GetName(), Value: p.GetValue()}
	}
	return out
}

func filtersProto(fs []Filter) []*adapterv1.Filter {
	out := make([]*adapterv1.Filter, len(fs))
	for i, f := range fs {
		out[i] = &adapterv1.Filter{Key: f.Key, Value: f.Value}
	}
	return out
}

func filtersFromProto(ps []*adapterv1.Filter) []Filter {
	if len(ps) == 0 {
		return nil
	}
	out := make([]Filter, len(ps))
	for i, p := range ps {
		out[i] = Filter{Key: p.GetKey(), Value: p.GetValue()}
	}
	return out
}

// timeProto keeps the zero time as absent.
func timeProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func timeFromProto(p *timestamppb.Timestamp) time.Time {
	if p == nil {
		return time.Time{}
	}
	return p.AsTime()
}

func durationProto(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}

// Proto is the wire form.
func (r *Response) Proto() *adapterv1.HTTPResponse {
	if r == nil {
		return nil
	}
	return &adapterv1.HTTPResponse{Status: uint32(r.Status), Headers: HeadersProto(r.Headers), Body: r.Body} //nolint:gosec // a status has three digits
}

// ResponseFromProto is the opposite of Proto.
func ResponseFromProto(p *adapterv1.HTTPResponse) *Response {
	if p == nil {
		return nil
	}
	return &Response{Status: int(p.GetStatus()), Headers: HeadersFromProto(p.GetHeaders()), Body: p.GetBody()}
}

// Proto is the wire form.
func (c Caller) Proto() *adapterv1.Caller {
	return &adapterv1.Caller{AccountId: c.AccountID, Namespace: c.Namespace, Scopes: c.Scopes}
}

// CallerFromProto is the opposite of Proto.
func CallerFromProto(p *adapterv1.Caller) Caller {
	return Caller{AccountID: p.GetAccountId(), Namespace: p.GetNamespace(), Scopes: p.GetScopes()}
}
