package standard

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Render implements [sdk.Adapter].
func (a *adapter) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	body, err := d.SharedBody(func() ([]byte, error) { return body(d), nil })
	if err != nil {
		return nil, err
	}
	headers := make([]sdk.Header, 1, 1+signatureFields)
	headers[0] = sdk.Header{Name: "Content-Type", Value: "application/cloudevents+json"}
	if headers, err = appendSignature(headers, d, body); err != nil {
		return nil, err
	}
	return &sdk.Request{Headers: headers, Body: body}, nil
}

// frameSize is about what a body has beside the data.
const frameSize = 512

// body is the CloudEvent in structured mode (CloudEvents JSON format 1.0): the
// attributes in the specification's order, extensions by name, then the data.
func body(d *sdk.Delivery) []byte {
	e := d.Event
	o := newObject(frameSize + len(e.Data))
	o.add("specversion", "1.0")
	o.add("id", e.ID)
	o.add("source", e.Source)
	o.add("type", d.EventType)
	o.addSet("subject", e.Subject)
	if !e.Time.IsZero() {
		o.add("time", e.Time.UTC().Format(time.RFC3339Nano))
	}
	o.addSet("datacontenttype", e.DataContentType)
	o.addSet("dataschema", e.DataSchema)
	if len(e.Extensions) > 0 {
		for _, name := range slices.Sorted(maps.Keys(e.Extensions)) {
			if !reserved[name] {
				o.add(name, e.Extensions[name])
			}
		}
	}
	switch {
	case len(e.Data) == 0:
	case jsondata.IsType(e.DataContentType), e.DataContentType == "" && jsondata.Valid(e.Data):
		o.addRaw("data", e.Data)
	default:
		o.add("data_base64", base64.StdEncoding.EncodeToString(e.Data))
	}
	return o.done()
}

// reserved names are the members that are not extensions.
var reserved = map[string]bool{
	"specversion": true, "id": true, "source": true, "type": true, "subject": true, "time": true,
	"datacontenttype": true, "dataschema": true, "data": true, "data_base64": true,
}
