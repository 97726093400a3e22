package conformance

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/manifestcheck"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

const (
	eventSource = "/conformance"
	// openType is an event of an open catalogue.
	openType = "order.created"
	// verbatimData has what is easily lost: the form of numbers, characters that
	// HTML escapes, and others than ASCII.
	verbatimData = `{"conformance":{"amount":1.50,"text":"é <&> \u2028","none":null}}`
)

var (
	// attemptTime is far from the clock and from the event, so that it is seen
	// which of them a request carries.
	attemptTime = time.Date(2030, time.January, 2, 3, 4, 5, 0, time.UTC)
	eventTime   = time.Date(2029, time.December, 31, 22, 59, 58, 678e6, time.UTC)
)

// rendering is an event under a native name, ready to be rendered.
type rendering struct {
	// subject names it in findings.
	subject  string
	native   string
	verbatim bool
	event    *sdk.Event
}

// attributes are the extension attributes of the kit's events.
func attributes() map[string]string {
	return map[string]string{"platform": "whatsapp", "deviceid": "device-1"}
}

// filled is a native name with its placeholders filled, and the attributes for it.
func filled(name string) (string, map[string]string) {
	extensions := attributes()
	name = manifestcheck.Placeholder.ReplaceAllStringFunc(name, func(attribute string) string {
		attribute = attribute[1 : len(attribute)-1]
		if extensions[attribute] == "" {
			extensions[attribute] = "conformance"
		}
		return extensions[attribute]
	})
	return name, extensions
}

// nativeEvent is one native event type of the adapter.
func (k *kit) nativeEvent() string {
	if len(k.manifest.EventTypes) == 0 {
		return openType
	}
	name, _ := filled(k.manifest.EventTypes[0].Name)
	return name
}

// renderings are all event types of the catalogue: canonical, once for each type
// that they stand for, and verbatim.
func (k *kit) renderings(r *recorder) []rendering {
	types := k.manifest.EventTypes
	if k.manifest.OpenCatalogue {
		types = append(types[:len(types):len(types)], sdk.EventType{Name: openType, Canonical: []string{openType}})
	}
	var out []rendering
	for _, t := range types {
		native, extensions := filled(t.Name)
		for _, canonical := range t.Canonical {
			data := k.canonicalData(canonical)
			if data == nil && k.manifest.OpenCatalogue && native == canonical {
				data = json.RawMessage(verbatimData)
			}
			if data == nil {
				r.note("%s: there is no example data of the canonical type %s; give some in Options.Canonical", t.Name, canonical)
				continue
			}
			data, attributes := withConditions(data, extensions, t.When)
			out = append(out, rendering{subject: t.Name + ", from " + canonical, native: native, event: newEvent(canonical, attributes, data)})
		}
		out = append(out, rendering{
			subject: t.Name + ", verbatim", native: native, verbatim: true,
			event: newEvent(k.manifest.Provider+"."+native, extensions, []byte(verbatimData)),
		})
	}
	return out
}

func newEvent(eventType string, extensions map[string]string, data []byte) *sdk.Event {
	return &sdk.Event{
		ID:     uuid.NewSHA1(uuid.NameSpaceOID, []byte(eventType+string(data))).String(),
		Source: eventSource, Type: eventType, Time: eventTime, DataContentType: "application/json",
		Extensions: extensions, Data: data,
	}
}

// withConditions makes the conditions of an event type hold: of those with one
// key, the first.
func withConditions(data json.RawMessage, extensions map[string]string, when []sdk.Filter) (json.RawMessage, map[string]string) {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if len(when) == 0 || d.Decode(&object) != nil {
		return data, extensions
	}
	extensions = maps.Clone(extensions)
	done := map[string]bool{}
	for _, condition := range when {
		if done[condition.Key] {
			continue
		}
		done[condition.Key] = true
		if strings.HasPrefix(condition.Key, "/") {
			setPointer(object, condition.Key, condition.Value)
			continue
		}
		extensions[condition.Key] = condition.Value
	}
	changed, err := json.Marshal(object)
	if err != nil {
		return data, extensions
	}
	return changed, extensions
}

// setPointer sets the field at a JSON pointer (RFC 6901), keeping its type.
func setPointer(object map[string]any, pointer, value string) {
	tokens := strings.Split(pointer[1:], "/")
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for _, token := range tokens[:len(tokens)-1] {
		token = unescape.Replace(token)
		next, ok := object[token].(map[string]any)
		if !ok {
			next = map[string]any{}
			object[token] = next
		}
		object = next
	}
	last := unescape.Replace(tokens[len(tokens)-1])
	switch object[last].(type) {
	case bool:
		object[last] = value == "true"
	case json.Number:
		object[last] = json.Number(value)
	default:
		object[last] = value
	}
}

// delivery of a rendering to a subscription; the same ones make the same delivery.
func (c rendering) delivery(sub *sdk.Subscription, at time.Time) pluginclient.Delivery {
	return pluginclient.Delivery{
		ID:    uuid.NewSHA1(uuid.NameSpaceOID, []byte(c.subject+sub.ID)).String(),
		Event: c.event, Subscription: sub, EventType: c.native, Verbatim: c.verbatim, Attempt: 1, Time: at,
	}
}
