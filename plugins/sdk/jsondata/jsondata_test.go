package jsondata_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

func delivery(data string) *sdk.Delivery {
	return &sdk.Delivery{Event: &sdk.Event{Data: []byte(data)}, EventType: "message_created"}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	type shape struct {
		Text  string `json:"text"`
		Inner struct {
			N int `json:"n"`
		} `json:"inner"`
	}
	var got shape
	require.NoError(t, jsondata.Decode(delivery(" {\"text\":\"Hi\",\"more\":1}\n"), &got))
	require.Equal(t, "Hi", got.Text)

	for data, want := range map[string]string{
		"":                    "must be a JSON object",
		"[]":                  "must be a JSON object",
		"null":                "must be a JSON object",
		"{":                   "must be a JSON object",
		"{\"text\":\"\xff\"}": "must be a JSON object",
		`{"text":1}`:          `"text" in its data is of type number`,
		`{"inner":{"n":"x"}}`: `"inner.n" in its data is of type string`,
	} {
		err := jsondata.Decode(delivery(data), &shape{})
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%q", data)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "message_created")
	}
}

func TestVerbatim(t *testing.T) {
	t.Parallel()
	raw := "{ \"a\" : 1.0,\n \"b\":\"<&>\"}"
	got, err := jsondata.Verbatim(delivery(raw))
	require.NoError(t, err)
	require.Equal(t, raw, string(got))
	_, err = jsondata.Verbatim(delivery("a: 1"))
	require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
}

func TestDataOfAJSONTypeIsNotReadTwice(t *testing.T) {
	t.Parallel()
	d := delivery("a: 1")
	d.Event.DataContentType = "application/vnd.example+json; charset=utf-8"
	got, err := jsondata.Verbatim(d)
	require.NoError(t, err, "the gateway has read it")
	require.Equal(t, "a: 1", string(got))
	require.True(t, sdk.IsCode(jsondata.Decode(d, &struct{}{}), sdk.CodeInvalid), "what it decodes, it reads")
	d.Event.Data = nil
	_, err = jsondata.Verbatim(d)
	require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
}

func TestIsType(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]bool{
		"application/json": true, "Application/JSON; charset=utf-8": true, "text/json": true, "application/a.b+json": true,
		"": false, "json": false, "text/plain": false, "application/json; =": false, "application/jsonl": false,
	} {
		require.Equal(t, want, jsondata.IsType(contentType), contentType)
	}
}

func TestAppendString(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", "<&>", "q\"b\\", "\x00\n\x1f", "\x7f", "é\u2028", "\xff"} {
		want, err := jsondata.Marshal(s)
		require.NoError(t, err)
		require.Equal(t, "x"+string(want), string(jsondata.AppendString([]byte("x"), s)), "%q", s)
	}
}

func TestMarshalDoesNotEscapeHTML(t *testing.T) {
	t.Parallel()
	got, err := jsondata.Marshal(map[string]string{"u": "https://a.b/?x=<1>&y=2"})
	require.NoError(t, err)
	require.Equal(t, `{"u":"https://a.b/?x=<1>&y=2"}`, string(got))
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	got, err := jsondata.Embed(struct {
		A int `json:"a"`
	}{1}, "payload", []byte(`{ "z": 1 }`))
	require.NoError(t, err)
	require.Equal(t, `{"a":1,"payload":{ "z": 1 }}`, string(got))
	got, err = jsondata.Embed(struct{}{}, "payload", []byte("1"))
	require.NoError(t, err)
	require.Equal(t, `{"payload":1}`, string(got))
	_, err = jsondata.Embed(1, "payload", []byte("1"))
	require.Error(t, err)
}

func TestTime(t *testing.T) {
	t.Parallel()
	d := delivery("{}")
	d.Event.Time = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	own, err := jsondata.Time(d, "occurred_at", nil)
	require.NoError(t, err)
	require.Equal(t, d.Event.Time, own)
	for text, want := range map[string]time.Time{
		"2024-05-06T07:08:09Z":           time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		"2024-05-06T09:08:09.25+02:00":   time.Date(2024, 5, 6, 7, 8, 9, 25e7, time.UTC),
		"2024-05-06T07:08:09.123456789Z": time.Date(2024, 5, 6, 7, 8, 9, 123456789, time.UTC),
	} {
		got, err := jsondata.Time(d, "occurred_at", &text)
		require.NoError(t, err)
		require.True(t, want.Equal(got), "%s: %s", text, got)
	}
	for _, text := range []string{"", "noon", "2024-05-06", "2024-05-06 07:08:09Z", "2024-02-30T00:00:00Z", "1700000000"} {
		_, err := jsondata.Time(d, "occurred_at", &text)
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), text)
		require.ErrorContains(t, err, `"occurred_at" must be an RFC 3339 time`)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"text":"Hi"}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got map[string]any
		err := jsondata.Decode(delivery(string(data)), &got)
		if err == nil {
			require.True(t, json.Valid(data))
			require.NotNil(t, got)
			return
		}
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
	})
}
