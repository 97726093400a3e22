package eventbody_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
)

var jsonModes = []eventbody.Mode{eventbody.Short, eventbody.Structured, eventbody.Batch}

const cloudEvent = `{"specversion":"1.0","id":"1","source":"/s","type":"a.b"`

// What is usual is read in one pass, and what is read so is what the explaining
// reader reads.
func TestUsualEventsAreReadQuickly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		mode eventbody.Mode
		body string
	}{
		{eventbody.Short, `{"type":"a.b","data":{"a":1,"a":[1.0,"\ud83d\ude00"]}}`},
		{eventbody.Short, ` { "data" : null , "type":"a.b","id":"1","source":"/s","subject":"x\"y","time":"2026-11-21t09:00:00.5+01:00","platform":"sms" } `},
		{eventbody.Structured, cloudEvent + `,"datacontenttype":"application/json","data":"x"}`},
		{eventbody.Structured, cloudEvent + `,"datacontenttype":"text/plain","data":"a\u00e9"}`},
		{eventbody.Structured, cloudEvent + `,"data_base64":"AAH/","datacontenttype":"image/png"}`},
		{eventbody.Structured, cloudEvent + `,"count":7,"flag":true,"subject":null,"namespace":"n/1"}`},
		{eventbody.Batch, `[]`},
		{eventbody.Batch, "[" + cloudEvent + `,"data":1},` + cloudEvent + `,"x":"1","data":2}]` + "\n"},
		{eventbody.Batch, "[" + strings.Repeat(cloudEvent+"},", eventbody.MaxBatch-1) + cloudEvent + "}]"},
	}
	for _, test := range tests {
		quick, ok := eventbody.ReadQuickly(test.mode, []byte(test.body))
		require.True(t, ok, test.body)
		explained, refused, err := eventbody.Explained(test.mode, []byte(test.body))
		require.Empty(t, refused)
		require.NoError(t, err, test.body)
		require.Len(t, quick, len(explained))
		for i := range explained {
			require.Equal(t, explained[i], quick[i], test.body)
		}
	}
}

func TestWhatIsDoubtfulIsExplained(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "{", "[]", "1", `{"type":"a.b","data":1} 2`, `{"type":"a.b","data":1,}`, `{"type":"a.b","data":1,"data":2}`,
		`{"type":"a.b","data":1,"typ\u0065":"c"}`, `{"type":"a.b"}`, `{"data":1}`, `{"type":1,"data":1}`, `{"type":"a.b","data":01}`,
		"{\"type\":\"a.b\",\"data\":\"\xff\"}", `{"type":"a.b","data":1,"unknown":"x"}`, `{"type":"a.b","data":"\ud800"}`,
		`{"type":"a.b","data":` + strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001) + `}`,
	} {
		_, ok := eventbody.ReadQuickly(eventbody.Short, []byte(body))
		require.False(t, ok, body)
	}
	var members strings.Builder
	for i := range 100 {
		fmt.Fprintf(&members, `,"x%d":"1"`, i)
	}
	for _, body := range []string{
		"[1]", "[" + cloudEvent + "},]", "[" + cloudEvent + "}", "[" + strings.Repeat(cloudEvent+"},", eventbody.MaxBatch) + cloudEvent + "}]",
		"[" + cloudEvent + members.String() + "}]",
	} {
		_, ok := eventbody.ReadQuickly(eventbody.Batch, []byte(body))
		require.False(t, ok, "%.80s", body)
	}
}

// The body is used again for other requests once it is read.
func TestEventsHoldNothingOfTheBody(t *testing.T) {
	t.Parallel()
	event := cloudEvent + `,"subject":"s","namespace":"n","data":{"a":"b"}}`
	binary := http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"1"}, "Ce-Source": {"/s"}, "Ce-Type": {"a.b"}, "Content-Type": {"text/plain"}}
	tests := []struct {
		header http.Header
		body   string
	}{
		{http.Header{}, `{"type":"a.b","data":{"a":"b"},"id":"1"}`},
		{http.Header{}, `{"type":"a.b","data":{"a":"b"},"\u0069d":"1"}`},
		{structured(), event},
		{structured(), cloudEvent + `,"datacontenttype":"text/plain","data":"text"}`},
		{http.Header{"Content-Type": {"application/cloudevents-batch+json"}}, "[" + event + "," + event + "]"},
		{binary, "text"},
	}
	for _, test := range tests {
		body := []byte(test.body)
		got, err := eventbody.Parse(test.header, body)
		require.NoError(t, err, test.body)
		for i := range body {
			body[i] = '#'
		}
		want, err := eventbody.Parse(test.header, []byte(test.body))
		require.NoError(t, err)
		require.Equal(t, want, got, test.body)
		for _, e := range got.Events {
			require.LessOrEqual(t, cap(e.Data), max(2*len(e.Data), 64), "data alone is held")
		}
	}
}

// FuzzBothRoads holds the quick road to the explaining one: it takes nothing
// that the other refuses, and reads it alike.
func FuzzBothRoads(f *testing.F) {
	for _, body := range []string{
		`{"type":"a.b","data":{"a":1.0}}`, cloudEvent + `,"data":[1e400,{"":null}]}`, "[" + cloudEvent + `,"x":7},` + cloudEvent + "}]",
		cloudEvent + `,"time":"2026-11-21T09:00:00Z","data_base64":"AA=="}`, `{"type":"a.b","data":"\ud800","id":"\u0031"}`,
		`{"type":"a.b","data":-0.0e-1,"id":"\/"} `, cloudEvent + `,"datacontenttype":"text/plain","data":null,"f":false}`,
		"\ufeff" + `{"type":"a.b","data":1}`, `{"type":"a.b","data":1,"data":1}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, mode := range jsonModes {
			quick, ok := eventbody.ReadQuickly(mode, body)
			explained, refused, err := eventbody.Explained(mode, body)
			if !ok {
				continue
			}
			require.NoError(t, err)
			require.Empty(t, refused)
			require.Len(t, quick, len(explained))
			for i := range explained {
				require.Equal(t, explained[i], quick[i])
			}
		}
	})
}
