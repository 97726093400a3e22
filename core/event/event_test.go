package event_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var now = time.Date(2026, 11, 21, 10, 11, 12, 345_678_000, time.UTC)

// committer keeps what it was given, and gives the keys of stored.
type committer struct {
	events []*event.Event
	stored map[string]uuid.UUID
	err    error
}

func (c *committer) Commit(_ context.Context, events []*event.Event) ([]uuid.UUID, error) {
	c.events = append(c.events, events...)
	if c.err != nil {
		return nil, c.err
	}
	var keys []uuid.UUID
	for _, e := range events {
		k, ok := c.stored[e.ID]
		if !ok {
			k = e.Key
		}
		keys = append(keys, k)
	}
	return keys, nil
}

type known struct{ *provider.Set }

func (k known) Providers() *provider.Set { return k.Set }

func newService(t *testing.T) (*event.Service, *committer) {
	t.Helper()
	p, err := provider.New(sdk.Manifest{
		Provider:   "callbell",
		OpenAPI:    []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/x":{"get":{"operationId":"x","responses":{"200":{"description":"ok"}}}}}}`),
		EventTypes: []sdk.EventType{{Name: "message_created"}},
		IDFormat:   sdk.IDFormatUUID, URL: sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery:    sdk.DeliveryPolicy{Timeout: time.Second, MaxAttempts: 1},
		Unavailable: &sdk.Response{Status: 503},
	})
	require.NoError(t, err)
	set, err := provider.NewSet(p)
	require.NoError(t, err)
	c := &committer{stored: map[string]uuid.UUID{}}
	return event.NewService(nil, c, known{set}, noop.NewTracerProvider().Tracer(""), func() time.Time { return now }), c
}

func TestPublishFillsIn(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	acc := uuid.New()
	got, err := s.Publish(t.Context(), acc, []sdk.Event{{Type: "order.created", Data: []byte{0, 1}}})
	require.NoError(t, err)
	require.Len(t, c.events, 1)
	e := c.events[0]
	require.Equal(t, []event.Accepted{{Key: e.Key, ID: e.Key.String()}}, got)
	require.Equal(t, &event.Event{
		AccountID: acc, Key: e.Key, Generated: true, AcceptedAt: now,
		Event: sdk.Event{ID: e.Key.String(), Source: event.DefaultSource, Type: "order.created", Time: now, Data: []byte{0, 1}},
	}, e)
	require.EqualValues(t, 7, e.Key.Version())
	require.Nil(t, e.DedupeKey())
}

func TestPublishKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	in := sdk.Event{
		ID: "1", Source: "https://example.com/a", Type: "callbell.message_created", Subject: "s", Time: now.Add(-time.Hour),
		DataContentType: "text/plain; charset=utf-8", DataSchema: "https://example.com/s",
		Extensions: map[string]string{"namespace": "a/b"}, Data: []byte("x"),
	}
	got, err := s.Publish(t.Context(), uuid.New(), []sdk.Event{in})
	require.NoError(t, err)
	require.Equal(t, in, c.events[0].Event)
	require.False(t, c.events[0].Generated)
	require.Equal(t, "1", got[0].ID)
	require.False(t, got[0].Duplicate)
}

func TestPublishTellsDuplicates(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	earlier := uuid.New()
	c.stored["1"] = earlier
	got, err := s.Publish(t.Context(), uuid.New(), []sdk.Event{{ID: "1", Type: "a"}, {ID: "2", Type: "a"}})
	require.NoError(t, err)
	require.Equal(t, []event.Accepted{{Key: earlier, ID: "1", Duplicate: true}, {Key: c.events[1].Key, ID: "2"}}, got)
}

func TestPublishIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	_, err := s.Publish(t.Context(), uuid.New(), []sdk.Event{{Type: "a"}, {Type: ""}})
	require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%v", err)
	require.Empty(t, c.events)
	c.err = errors.New("full")
	_, err = s.Publish(t.Context(), uuid.New(), []sdk.Event{{Type: "a"}})
	require.ErrorIs(t, err, c.err)
}

func TestPublishKeepsTheTrace(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	parent := sdktrace.NewSpanContext(sdktrace.SpanContextConfig{TraceID: [16]byte{1}, SpanID: [8]byte{2}, TraceFlags: 1})
	ctx := sdktrace.ContextWithSpanContext(t.Context(), parent)
	_, err := s.Publish(ctx, uuid.New(), []sdk.Event{{Type: "a"}})
	require.NoError(t, err)
	require.Equal(t, "00-01000000000000000000000000000000-0200000000000000-01", c.events[0].TraceParent)
}

func TestCheckNamesTheAttribute(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	long := strings.Repeat("x", 1025)
	ext := func(name, value string) func(*sdk.Event) {
		return func(e *sdk.Event) { e.Extensions = map[string]string{name: value} }
	}
	for name, test := range map[string]struct {
		change         func(*sdk.Event)
		field, message string
	}{
		"long id":          {func(e *sdk.Event) { e.ID = long }, "/id", "at most 1024"},
		"NUL in id":        {func(e *sdk.Event) { e.ID = "a\x00" }, "/id", "control characters"},
		"bytes in id":      {func(e *sdk.Event) { e.ID = "\xff" }, "/id", "control characters"},
		"source":           {func(e *sdk.Event) { e.Source = "%zz" }, "/source", "URI reference"},
		"subject":          {func(e *sdk.Event) { e.Subject = "\n" }, "/subject", "control characters"},
		"no type":          {func(e *sdk.Event) { e.Type = "" }, "/type", "is required"},
		"long type":        {func(e *sdk.Event) { e.Type = strings.Repeat("x", 256) }, "/type", "at most 255"},
		"space in type":    {func(e *sdk.Event) { e.Type = "a b" }, "/type", "spaces"},
		"star in type":     {func(e *sdk.Event) { e.Type = "a.*" }, "/type", "*"},
		"dots in type":     {func(e *sdk.Event) { e.Type = "a..b" }, "/type", "empty segments"},
		"dot first":        {func(e *sdk.Event) { e.Type = ".a" }, "/type", "empty segments"},
		"provider's type":  {func(e *sdk.Event) { e.Type = "callbell.message_creatd" }, "/type", "did you mean message_created"},
		"schema":           {func(e *sdk.Event) { e.DataSchema = "relative" }, "/dataschema", "absolute URI"},
		"content type":     {func(e *sdk.Event) { e.DataContentType = "json" }, "/datacontenttype", "media type"},
		"long content":     {func(e *sdk.Event) { e.DataContentType = "a/" + long }, "/datacontenttype", "at most 1024"},
		"year":             {func(e *sdk.Event) { e.Time = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) }, "/time", "RFC 3339"},
		"zone":             {func(e *sdk.Event) { e.Time = now.In(time.FixedZone("", 24*3600)) }, "/time", "RFC 3339"},
		"extension name":   {ext("Name", "x"), "/Name", "no attribute name"},
		"extension hyphen": {ext("a-b", "x"), "/a-b", "no attribute name"},
		"no name":          {ext("", "x"), "/", "no attribute name"},
		"long name":        {ext(strings.Repeat("a", 65), "x"), "/" + strings.Repeat("a", 65), "at most 64"},
		"context name":     {ext("specversion", "x"), "/specversion", "CloudEvents itself"},
		"extension value":  {ext("a", long), "/a", "at most 1024"},
		"extension bytes":  {ext("a", "\x7f"), "/a", "control characters"},
		"many extensions": {func(e *sdk.Event) {
			e.Extensions = map[string]string{}
			for i := range 51 {
				e.Extensions[fmt.Sprintf("a%d", i)] = "x"
			}
		}, "/", "at most 50"},
	} {
		e := sdk.Event{ID: "1", Source: "/s", Type: "order.created", Time: now}
		test.change(&e)
		_, err := s.Publish(t.Context(), uuid.New(), []sdk.Event{e})
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s: %v", name, err)
		fields := sdk.AsError(err).Fields
		require.NotEmpty(t, fields, name)
		require.Equal(t, test.field, fields[0].Field, name)
		require.Contains(t, fields[0].Message, test.message, name)
	}
	require.Empty(t, c.events)
	_, err := s.Publish(t.Context(), uuid.New(), []sdk.Event{{Source: "%zz", Type: "", Extensions: map[string]string{"B": "", "A": ""}}})
	var got []string
	for _, f := range sdk.AsError(err).Fields {
		got = append(got, f.Field)
	}
	require.Equal(t, []string{"/source", "/type", "/A", "/B"}, got, "everything is told, in one order")
}

func TestCheckTakes(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	for _, e := range []sdk.Event{
		{Type: "a"},
		{Type: "com.github.pull_request.opened"},
		{Type: "order/created-v1:x"},
		{Type: "größe.geändert"},
		{Type: "callbell"},
		{Type: "a", Source: "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"},
		{Type: "a", DataSchema: "urn:schema:1", DataContentType: "application/vnd.x+json; a=b"},
		{Type: "a", Time: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
		{Type: "a", Extensions: map[string]string{"a": "", "0": "ü"}},
		{Type: "a", ID: strings.Repeat("x", 1024)},
	} {
		_, err := s.Publish(t.Context(), uuid.New(), []sdk.Event{e})
		require.NoError(t, err, "%+v", e)
	}
}

func TestDedupeKey(t *testing.T) {
	t.Parallel()
	key := func(source, id string) []byte {
		return (&event.Event{Event: sdk.Event{Source: source, ID: id}}).DedupeKey()
	}
	require.Len(t, key("a", "b"), 16)
	require.Equal(t, key("a", "b"), key("a", "b"))
	require.NotEqual(t, key("a", "b"), key("ab", ""))
	require.NotEqual(t, key("a", "b"), key("b", "a"))
}
