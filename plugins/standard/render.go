package standard

import (
	"context"
	"encoding/base64"
	"maps"
	"mime"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Render implements [sdk.Adapter].
func (a *adapter) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	body, err := d.SharedBody(func() ([]byte, error) { return body(d) })
	if err != nil {
		return nil, err
	}
	signature, err := signatureHeaders(d, body)
	if err != nil {
		return nil, err
	}
	headers := append([]sdk.Header{{Name: "Content-Type", Value: "application/cloudevents+json"}}, signature...)
	return &sdk.Request{Headers: headers, Body: body}, nil
}

// body is the CloudEvent in structured mode (CloudEvents JSON format 1.0): the
// attributes in the specification's order, extensions by name, then the data.
func body(d *sdk.Delivery) ([]byte, error) {
	e := d.Event
	b := objectBuilder{}
	b.add("specversion", "1.0")
	b.add("id", e.ID)
	b.add("source", e.Source)
	b.add("type", eventType(d))
	b.addSet("subject", e.Subject)
	if !e.Time.IsZero() {
		b.add("time", e.Time.UTC().Format(time.RFC3339Nano))
	}
	b.addSet("datacontenttype", e.DataContentType)
	b.addSet("dataschema", e.DataSchema)
	for _, name := range slices.Sorted(maps.Keys(e.Extensions)) {
		if !reserved[name] {
			b.add(name, e.Extensions[name])
		}
	}
	switch {
	case len(e.Data) == 0:
	case isJSON(e.DataContentType) && jsondata.Valid(e.Data):
		b.addRaw("data", e.Data)
	default:
		b.add("data_base64", base64.StdEncoding.EncodeToString(e.Data))
	}
	return b.done()
}

func eventType(d *sdk.Delivery) string {
	if d.EventType != "" {
		return d.EventType
	}
	return d.Event.Type
}

// reserved names are the members that are not extensions.
var reserved = map[string]bool{
	"specversion": true, "id": true, "source": true, "type": true, "subject": true, "time": true,
	"datacontenttype": true, "dataschema": true, "data": true, "data_base64": true,
}

// isJSON tells whether a content type says JSON; none does (CloudEvents JSON
// format, section 3.1).
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json"))
}
