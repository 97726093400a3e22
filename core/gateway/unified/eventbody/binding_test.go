package eventbody_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// The examples of the CloudEvents HTTP protocol binding 1.0.2, sections 3.1.4,
// 3.2.4 and 3.3.3, verbatim.
const (
	bindingBinary = `POST /someresource HTTP/1.1
Host: webhook.example.com
ce-specversion: 1.0
ce-type: com.example.someevent
ce-time: 2018-04-05T03:56:24Z
ce-id: 1234-1234-1234
ce-source: /mycontext/subcontext
    .... further attributes ...
Content-Type: application/json; charset=utf-8
Content-Length: nnnn

{
    ... application data ...
}
`
	bindingStructured = `PUT /myresource HTTP/1.1
Host: webhook.example.com
Content-Type: application/cloudevents+json; charset=utf-8
Content-Length: nnnn

{
    "specversion" : "1.0",
    "type" : "com.example.someevent",

    ... further attributes omitted ...

    "data" : {
        ... application data ...
    }
}
`
	bindingBatched = `PUT /myresource HTTP/1.1
Host: webhook.example.com
Content-Type: application/cloudevents-batch+json; charset=utf-8
Content-Length: nnnn

[
    {
        "specversion" : "1.0",
        "type" : "com.example.someevent",

        ... further attributes omitted ...

        "data" : {
            ... application data ...
        }
    },
    {
        "specversion" : "1.0",
        "type" : "com.example.someotherevent",

        ... further attributes omitted ...

        "data" : {
            ... application data ...
        }
    }
]
`
)

// received is a request as the HTTP server reads it. What the binding's examples
// leave to the reader is filled in.
func received(t *testing.T, text string) (http.Header, []byte) {
	t.Helper()
	text = strings.NewReplacer(
		"    .... further attributes ...\n", "ce-comexampleextension1: value\n",
		"... further attributes omitted ...", `"id": "1", "source": "/mycontext",`,
		"... application data ...", `"a": 1.0`,
	).Replace(text)
	head, body, _ := strings.Cut(text, "\n\n")
	head = strings.Replace(head, "nnnn", strconv.Itoa(len(body)), 1)
	head = strings.ReplaceAll(head, "\n", "\r\n")
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n" + body)))
	require.NoError(t, err)
	read, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return r.Header, read
}

func TestExamplesOfTheBinding(t *testing.T) {
	t.Parallel()
	h, body := received(t, bindingBinary)
	r, err := eventbody.Parse(h, body)
	require.NoError(t, err)
	require.Equal(t, eventbody.Binary, r.Mode)
	require.Equal(t, []sdk.Event{{
		ID: "1234-1234-1234", Source: "/mycontext/subcontext", Type: "com.example.someevent",
		Time: time.Date(2018, 4, 5, 3, 56, 24, 0, time.UTC), DataContentType: "application/json; charset=utf-8",
		Extensions: map[string]string{"comexampleextension1": "value"}, Data: []byte("{\n    \"a\": 1.0\n}\n"),
	}}, r.Events)
	for _, test := range []struct {
		text  string
		mode  eventbody.Mode
		types []string
	}{
		{bindingStructured, eventbody.Structured, []string{"com.example.someevent"}},
		{bindingBatched, eventbody.Batch, []string{"com.example.someevent", "com.example.someotherevent"}},
	} {
		h, body := received(t, test.text)
		r, err := eventbody.Parse(h, body)
		require.NoError(t, err)
		require.Equal(t, test.mode, r.Mode)
		var types []string
		for _, e := range r.Events {
			types = append(types, e.Type)
			require.Equal(t, map[string]any{"a": 1.0}, decoded(t, e.Data))
		}
		require.Equal(t, test.types, types)
	}
}

func decoded(t *testing.T, data []byte) (v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(data, &v))
	return v
}

// binaryHead is a binary event's request but for what a test is about.
const binaryHead = "POST /v1/events HTTP/1.1\nHost: a\nce-specversion: 1.0\nce-type: a.b\nce-id: 1\nce-source: /s\n"

// Section 3.1.3 of the binding: names and values of header fields.
func TestAttributesInHeaders(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]sdk.Event{
		// 3.1.3.1: names go by no case.
		"ce-time: 2018-04-05T03:56:24Z": {Time: time.Date(2018, 4, 5, 3, 56, 24, 0, time.UTC)},
		"CE-SUBJECT: x":                 {Subject: "x"},
		"cE-ComExample2: x":             {Extensions: map[string]string{"comexample2": "x"}},
		"ce-dataschema: https://a/b":    {DataSchema: "https://a/b"},
		// 3.1.3.2: the section's own example.
		"ce-subject: Euro%20%E2%82%AC%20%F0%9F%98%80": {Subject: "Euro € 😀"},
		// Decoding must take lower-case digits, and what needed no encoding.
		"ce-subject: %e2%82%ac%41": {Subject: "€A"},
		// One round only.
		"ce-subject: 100%2525": {Subject: "100%25"},
		// Quoted strings are undone first, and a quote may be encoded.
		`ce-subject: "a \"b\" \\ c"`:   {Subject: `a "b" \ c`},
		`ce-subject: "Euro%20\%E2..."`: {Subject: "Euro \xe2..."}, // refused below
		`ce-subject: "%22x%22"`:        {Subject: `"x"`},
		`ce-subject: %22x%22`:          {Subject: `"x"`},
		`ce-subject: "`:                {Subject: `"`},
		// What is no encoding stands for itself, as senders without any write it.
		"ce-subject: 5% off, %zz%2": {Subject: "5% off, %zz%2"},
		// Characters that should have been encoded.
		"ce-subject: Euro €": {Subject: "Euro €"},
		"ce-empty:":          {Extensions: map[string]string{"empty": ""}},
	} {
		h, body := received(t, binaryHead+line+"\n\n")
		r, err := eventbody.Parse(h, body)
		if !validUTF8(want) {
			require.Error(t, err, line)
			continue
		}
		require.NoError(t, err, line)
		want.ID, want.Source, want.Type = "1", "/s", "a.b"
		require.Equal(t, []sdk.Event{want}, r.Events, line)
	}
}

func validUTF8(e sdk.Event) bool { return strings.ToValidUTF8(e.Subject, "") == e.Subject }

func TestWhatBinaryModeRefuses(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"ce-subject: %C0%A0":                   "ce-subject must be UTF-8", // 3.1.3.2: an overlong space
		"ce-subject: %ED%A0%BD%ED%B8%80":       "ce-subject must be UTF-8", // surrogates
		"ce-subject: caf\xe9":                  "ce-subject must be UTF-8",
		"ce-datacontenttype: text/plain":       "ce-datacontenttype is no header; Content-Type says it", // 3.1.1
		"ce-data: x":                           "ce-data is no attribute",
		"ce-data_base64: eA==":                 "ce-data_base64 is no attribute",
		"ce-subject:":                          "ce-subject must not be empty",
		"ce-time: yesterday":                   "ce-time must be a time as in RFC 3339",
		"ce-subject: a\nCe-Subject: a":         "ce-subject is given twice",
		"ce-tenant: a\nCE-TENANT: b":           "ce-tenant is given twice",
		"ce-specversion: 1.0":                  "ce-specversion is given twice",
		"Content-Type: a/b\nContent-Type: a/b": "content-type is given twice",
	} {
		h, body := received(t, binaryHead+line+"\n\n")
		_, err := eventbody.Parse(h, body)
		var e *sdk.Error
		require.ErrorAs(t, err, &e, line)
		require.Len(t, e.Fields, 1, line)
		require.Equal(t, "header", e.Fields[0].In)
		require.Contains(t, e.Fields[0].Field+" "+e.Fields[0].Message, want, line)
	}
	for _, missing := range []string{"ce-specversion", "ce-type", "ce-id", "ce-source"} {
		lines := strings.SplitAfter(binaryHead, "\n")
		h, body := received(t, strings.Join(without(lines, missing), "")+"\n")
		_, err := eventbody.Parse(h, body)
		require.Equal(t, []sdk.FieldError{{In: "header", Field: missing, Message: "is required"}}, sdk.AsError(err).Fields)
	}
	h, body := received(t, strings.Replace(binaryHead, "1.0", "0.3", 1)+"\n")
	_, err := eventbody.Parse(h, body)
	require.Equal(t, []sdk.FieldError{{In: "header", Field: "ce-specversion", Message: `must be "1.0"`}}, sdk.AsError(err).Fields)
}

func without(lines []string, prefix string) (out []string) {
	for _, l := range lines {
		if !strings.HasPrefix(l, prefix) {
			out = append(out, l)
		}
	}
	return out
}

// Sections 3.1.1 and 3.1.2: Content-Type is datacontenttype, the body is the data.
func TestDataOfBinaryMode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ contentType, data string }{
		{"application/json", ` {"a" : 1.0} `},
		{"application/json; charset=utf-8", `"text"`},
		{"application/vnd.example+json", "null"},
		{"text/plain; charset=ISO-8859-1", "caf\xe9"},
		{"application/xml", "<a/>"},
		{"image/png", "\x89PNG\r\n\x1a\n\x00"},
		{"application/octet-stream", "\x00\xff"},
		{"application/json", ""}, // an event without data
		{"text/plain", ""},
		{"", "no type is said"},
		{"", ""},
	} {
		h, _ := received(t, binaryHead+"\n")
		if test.contentType != "" {
			h.Set("Content-Type", test.contentType)
		}
		r, err := eventbody.Parse(h, []byte(test.data))
		require.NoError(t, err, "%q", test)
		require.Equal(t, test.contentType, r.Events[0].DataContentType)
		require.Equal(t, test.data, string(r.Events[0].Data))
		require.Equal(t, test.data == "", r.Events[0].Data == nil, "no body is no data")
	}
	h, _ := received(t, binaryHead+"Content-Type: application/json\n\n")
	_, err := eventbody.Parse(h, []byte("{"))
	require.ErrorContains(t, err, "not valid JSON")
}

// Section 3.3: media types that begin as those of CloudEvents are no binary mode,
// and a batch may be empty.
func TestStructuredAndBatchedTypesComeFirst(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]eventbody.Mode{
		"Application/CloudEvents+JSON; charset=UTF-8":  eventbody.Structured,
		"application/CLOUDEVENTS-batch+json":           eventbody.Batch,
		"application/cloudevents+xml":                  0,
		"application/cloudevents-batch":                0,
		"application/CloudEvents":                      0,
		"application/cloudevents+json; charset=utf-16": 0,
	} {
		h, _ := received(t, binaryHead+"Content-Type: "+contentType+"\n\n")
		body := map[eventbody.Mode]string{eventbody.Structured: cloudEvent + "}", eventbody.Batch: "[]"}[want]
		r, err := eventbody.Parse(h, []byte(body))
		if want == 0 {
			require.True(t, sdk.IsCode(err, sdk.CodeUnsupportedMediaType), contentType)
			continue
		}
		require.NoError(t, err, contentType)
		require.Equal(t, want, r.Mode, contentType)
	}
}

// The CloudEvents SDK, an independent writer of the binding, is understood.
func TestBinaryEventsOfTheSDK(t *testing.T) {
	t.Parallel()
	e := cloudevents.NewEvent()
	e.SetID("100%25")
	e.SetSource("https://example.com/a%20b?c=%C3%A4")
	e.SetType("order.created")
	e.SetTime(time.Date(2026, 11, 21, 9, 0, 0, 123456000, time.UTC))
	e.SetExtension("count", 7)
	e.SetExtension("flag", true)
	require.NoError(t, e.SetData("text/plain", []byte("caf\xe9")))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://a/v1/events", http.NoBody)
	require.NoError(t, err)
	require.NoError(t, cehttp.WriteRequest(binding.WithForceBinary(t.Context()), binding.ToMessage(&e), r))
	var wire bytes.Buffer
	require.NoError(t, r.Write(&wire))
	sent, err := http.ReadRequest(bufio.NewReader(&wire))
	require.NoError(t, err)
	body, err := io.ReadAll(sent.Body)
	require.NoError(t, err)
	got, err := eventbody.Parse(sent.Header, body)
	require.NoError(t, err)
	require.Equal(t, sdk.Event{
		// The SDK writes without percent-encoding, which the binding has undone.
		ID: "100%", Source: "https://example.com/a b?c=ä", Type: "order.created", Time: e.Time(), DataContentType: "text/plain",
		Extensions: map[string]string{"count": "7", "flag": "true"}, Data: []byte("caf\xe9"),
	}, got.Events[0])
}
