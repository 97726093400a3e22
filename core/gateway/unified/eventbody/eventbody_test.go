package eventbody_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func structured() http.Header {
	return http.Header{"Content-Type": {"application/cloudevents+json"}}
}

func TestModes(t *testing.T) {
	t.Parallel()
	ce := http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"1"}, "Ce-Source": {"/s"}, "Ce-Type": {"a.b"}}
	with := func(contentType string) http.Header {
		h := ce.Clone()
		h.Set("Content-Type", contentType)
		return h
	}
	event := `{"specversion":"1.0","id":"1","source":"/s","type":"a.b"}`
	tests := []struct {
		header http.Header
		body   string
		mode   eventbody.Mode
	}{
		{http.Header{}, `{"type":"a.b","data":1}`, eventbody.Short},
		{http.Header{"Content-Type": {"application/json; charset=utf-8"}}, `{"type":"a.b","data":1}`, eventbody.Short},
		{structured(), event, eventbody.Structured},
		{with("APPLICATION/CloudEvents+JSON"), event, eventbody.Structured},
		{http.Header{"Content-Type": {"application/cloudevents-batch+json"}}, "[" + event + "]", eventbody.Batch},
		{ce, "", eventbody.Binary},
		{with("application/json"), "1", eventbody.Binary},
		{with("text/plain"), "x", eventbody.Binary},
	}
	for _, test := range tests {
		r, err := eventbody.Parse(test.header, []byte(test.body))
		require.NoError(t, err, "%v", test.header)
		require.Equal(t, test.mode, r.Mode, "%v", test.header)
		require.Len(t, r.Events, 1)
	}
	for _, contentType := range []string{"text/plain", "application/cloudevents+avro", "application/json; charset=utf-16", "/", "application/x-www-form-urlencoded"} {
		_, err := eventbody.Parse(http.Header{"Content-Type": {contentType}}, []byte(event))
		require.True(t, sdk.IsCode(err, sdk.CodeUnsupportedMediaType), "%s: %v", contentType, err)
	}
}

// TestEventsOfTheSDK reads what the CloudEvents SDK, an independent writer, sends.
func TestEventsOfTheSDK(t *testing.T) {
	t.Parallel()
	e := cloudevents.NewEvent()
	e.SetID("id 1")
	e.SetSource("https://example.com/ä")
	e.SetType("order.created")
	e.SetSubject("order/1")
	e.SetTime(time.Date(2026, 11, 21, 9, 0, 0, 123456000, time.UTC))
	e.SetDataSchema("https://example.com/schema")
	e.SetExtension("namespace", "n/1")
	e.SetExtension("count", 7)
	e.SetExtension("flag", true)
	require.NoError(t, e.SetData("application/json", json.RawMessage(`{"a":[1.0]}`)))
	body, err := json.Marshal(e)
	require.NoError(t, err)
	r, err := eventbody.Parse(structured(), body)
	require.NoError(t, err)
	require.Equal(t, sdk.Event{
		ID: "id 1", Source: e.Source(), Type: "order.created", Subject: "order/1", Time: e.Time(),
		DataContentType: "application/json", DataSchema: "https://example.com/schema",
		Extensions: map[string]string{"namespace": "n/1", "count": "7", "flag": "true"}, Data: []byte(`{"a":[1.0]}`),
	}, r.Events[0])
}

func TestStructuredData(t *testing.T) {
	t.Parallel()
	tests := []struct{ members, want string }{
		{`"data": {"a" : 1.0} `, `{"a" : 1.0}`},
		{`"data":null`, `null`},
		{`"data":"x","datacontenttype":"application/vnd.a+json"`, `"x"`},
		{`"datacontenttype":"text/plain","data":"a\u00e9\n"`, "aé\n"},
		{`"datacontenttype":"text/plain","data":null`, ""},
		{`"data_base64":"AAH/","datacontenttype":"image/png"`, "\x00\x01\xff"},
		{`"data_base64":null,"data":1,"subject":null`, "1"},
		{`"":"x","data":1`, "1"},
	}
	for _, test := range tests {
		r, err := eventbody.Parse(structured(), []byte(`{"specversion":"1.0","id":"1","source":"/s","type":"a.b",`+test.members+`}`))
		require.NoError(t, err, test.members)
		require.Equal(t, test.want, string(r.Events[0].Data), test.members)
	}
}

func FuzzStructured(f *testing.F) {
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"a.b","data":{"a":1.0}}`))
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"a.b","data_base64":"AA==","x":null}`))
	f.Add([]byte(`{"type":"a.b","data":[1e400]}`))
	f.Add([]byte(`[{"":{}},1]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, contentType := range []string{"application/json", "application/cloudevents+json", "application/cloudevents-batch+json"} {
			checkParsed(t, http.Header{"Content-Type": {contentType}}, body)
		}
	})
}

// FuzzData puts any JSON in the place of the data, in the three JSON forms.
func FuzzData(f *testing.F) {
	f.Add([]byte(` {"b":1.0, "a":12345678901234567890,"a":"\u00e9<"} `))
	f.Add([]byte(`"x"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		short := append(append([]byte(`{"data":`), data...), `,"type":"a.b"}`...)
		event := append(append([]byte(`{"specversion":"1.0","data":`), data...), `,"id":"1","source":"/s","type":"a.b"}`...)
		batch := append(append([]byte("["), event...), ']')
		for contentType, body := range map[string][]byte{
			"application/json": short, "application/cloudevents+json": event, "application/cloudevents-batch+json": batch,
		} {
			r := checkParsed(t, http.Header{"Content-Type": {contentType}}, body)
			if !json.Valid(data) || r == nil {
				continue
			}
			require.Equal(t, string(bytes.Trim(data, " \t\r\n")), string(r.Events[0].Data))
		}
	})
}

func FuzzBinary(f *testing.F) {
	f.Add("1.0", "a%20b", `"x"`, "application/json", []byte("{}"))
	f.Add("", "%", `\`, "", []byte{0xff})
	f.Fuzz(func(t *testing.T, version, id, extension, contentType string, body []byte) {
		h := http.Header{
			"Ce-Specversion": {version}, "Ce-Id": {id}, "Ce-Source": {"/s"}, "Ce-Type": {"a.b"}, "Ce-X": {extension},
			"Content-Type": {contentType},
		}
		r := checkParsed(t, h, body)
		if r != nil && r.Mode == eventbody.Binary {
			require.Equal(t, string(body), string(r.Events[0].Data))
			require.Equal(t, contentType, r.Events[0].DataContentType)
		}
	})
}

// checkParsed parses, and holds errors to what clients are promised. It returns
// nil for an error.
func checkParsed(t *testing.T, h http.Header, body []byte) *eventbody.Request {
	t.Helper()
	r, err := eventbody.Parse(h, body)
	if err == nil {
		for _, e := range r.Events {
			require.True(t, e.Type != "" || len(r.Refused) > 0)
		}
		return r
	}
	var e *sdk.Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, []sdk.Code{sdk.CodeInvalid, sdk.CodeUnsupportedMediaType}, e.Code)
	require.NotEmpty(t, e.Message)
	for _, field := range e.Fields {
		require.True(t, strings.HasPrefix(field.Field, "/") || strings.HasPrefix(field.Field, "ce-"), "%q", field.Field)
	}
	return nil
}
