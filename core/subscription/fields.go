package subscription

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-openapi/jsonpointer"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// fields reads an event's values for conditions and filters. The data is parsed
// when it is first asked for, once for an event.
type fields struct {
	event  *sdk.Event
	parsed bool
	data   any
}

// get returns a value as text: of an extension attribute, or of a field of the
// data that a JSON pointer names. ok is false where there is none, or where it is
// no text, number or flag.
func (f *fields) get(field string) (value string, ok bool) {
	if !strings.HasPrefix(field, "/") {
		value, ok = f.event.Extensions[field]
		return value, ok
	}
	pointer, err := jsonpointer.New(field)
	if err != nil {
		return "", false
	}
	f.parse()
	v, _, err := pointer.Get(f.data)
	if err != nil {
		return "", false
	}
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	default:
		return "", false
	}
}

func (f *fields) parse() {
	if f.parsed {
		return
	}
	f.parsed = true
	d := json.NewDecoder(bytes.NewReader(f.event.Data))
	d.UseNumber()
	if d.Decode(&f.data) != nil {
		f.data = map[string]any{}
	}
}

// holds tells whether every condition holds.
func (f *fields) holds(conditions []sdk.Filter) bool {
	for _, c := range conditions {
		if v, ok := f.get(c.Key); !ok || v != c.Value {
			return false
		}
	}
	return true
}

// passes tells whether the event passes a subscription's filters under a native
// type: of each key that they name, one of the values must be the event's.
func (f *fields) passes(p *provider.Provider, native string, filters []sdk.Filter) bool {
	if len(filters) == 0 {
		return true
	}
	keys := p.FilterKeys(native)
	for _, filter := range filters {
		value, ok := f.key(keys, filter.Key)
		one := slices.ContainsFunc(filters, func(o sdk.Filter) bool { return o.Key == filter.Key && o.Value == value })
		if !ok || !one {
			return false
		}
	}
	return true
}

// key returns the event's value for a filter key: that of the first of its
// fields that the event has, else what the event implies.
func (f *fields) key(keys []sdk.FilterKey, name string) (string, bool) {
	i := slices.IndexFunc(keys, func(k sdk.FilterKey) bool { return k.Key == name })
	if i < 0 {
		return "", false
	}
	for _, field := range keys[i].Fields {
		if v, ok := f.get(field); ok {
			return v, true
		}
	}
	for _, v := range keys[i].Implied {
		if v.Type == f.event.Type && f.holds(v.When) {
			return v.Value, true
		}
	}
	return "", false
}
