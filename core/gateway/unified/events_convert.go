package unified

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strings"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

const jsonType = "application/json"

// eventAnswer is an event as JSON. The generated encoder would rewrite the data,
// so the answer is put together here.
type eventAnswer []byte

// VisitGetEventResponse writes the answer.
func (r eventAnswer) VisitGetEventResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(r)
	return err
}

func eventOut(e *event.Event) ([]byte, error) {
	summary := eventSummary(e)
	switch {
	case len(e.Data) == 0:
		return jsondata.Marshal(summary)
	case isJSON(e.DataContentType) && jsondata.Valid(e.Data):
		return jsondata.Embed(summary, "data", e.Data)
	default:
		text, err := jsondata.Marshal(base64.StdEncoding.EncodeToString(e.Data))
		if err != nil {
			return nil, err
		}
		return jsondata.Embed(summary, "data_base64", text)
	}
}

func eventSummary(e *event.Event) switchhook.EventSummary {
	out := switchhook.EventSummary{
		ID: e.Key, CloudeventID: e.ID, Source: e.Source, Type: e.Type, Subject: optional(e.Subject), Time: e.Time,
		Datacontenttype: optional(e.DataContentType), Dataschema: optional(e.DataSchema), Extensions: e.Extensions,
		AcceptedAt: e.AcceptedAt, DeliverAt: optional(e.DeliverAt), CancelledAt: optional(e.CancelledAt), TraceID: optional(traceID(e.TraceParent)),
	}
	if out.Extensions == nil {
		out.Extensions = map[string]string{}
	}
	return out
}

// traceID is the second field of a traceparent (W3C Trace Context, section 3.2).
func traceID(traceParent string) string {
	parts := strings.Split(traceParent, "-")
	if len(parts) < 2 || strings.Trim(parts[1], "0") == "" {
		return ""
	}
	return parts[1]
}

// isJSON tells whether data of a content type is JSON; that of none is
// (CloudEvents JSON format, section 3.1).
func isJSON(contentType string) bool {
	if contentType == "" || contentType == jsonType {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(media, "/json") || strings.HasSuffix(media, "+json"))
}
