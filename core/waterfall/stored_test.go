package waterfall_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/waterfall"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

var began = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func newEvent() *event.Event {
	e := &event.Event{AccountID: uuid.UUID{1}, Key: uuid.UUID{2}, AcceptedAt: began, TraceParent: "00-" + traceID + "-00f067aa0ba902b7-01"}
	e.ID, e.Type, e.Source = "4711", "order.created", "/shop"
	return e
}

func newRecord(e *event.Event, sub byte, attempts ...delivery.Attempt) delivery.Record {
	s := uuid.UUID{3, sub}
	return delivery.Record{Event: e, Attempts: attempts, Delivery: delivery.Delivery{
		AccountID: e.AccountID, ID: delivery.NewID(e.Key, s), EventKey: e.Key, SubscriptionID: s, Provider: "standard", EventType: e.Type,
		Status: sdk.DeliveryDelivered, CreatedAt: began.Add(2 * time.Millisecond), UpdatedAt: began.Add(time.Second),
	}}
}

// sent is how core/delivery keeps timings: uvarints in microseconds.
func sent(parts ...uint64) (out delivery.Sent) {
	for _, n := range parts {
		out = binary.AppendUvarint(out, n)
	}
	return out
}

// shown is a trace as text: name, parent's name, start and length.
func shown(t *waterfall.Trace) (out []string) {
	names := map[string]string{}
	for _, s := range t.Spans {
		names[s.SpanID] = s.Name
	}
	for _, s := range t.Spans {
		out = append(out, fmt.Sprintf("%s < %s: +%s %s %s", s.Name, names[s.ParentSpanID], s.Start.Sub(t.Start), s.Duration, s.Status))
	}
	return out
}

func TestOf(t *testing.T) {
	t.Parallel()
	e := newEvent()
	r := newRecord(e, 1,
		delivery.Attempt{Attempt: sdk.Attempt{Number: 1, StartedAt: began.Add(5 * time.Millisecond), Duration: 40 * time.Millisecond, ResponseStatus: 500, Error: "500"}, Sent: sent(1000, 2000, 10000, 35000)},
		delivery.Attempt{Attempt: sdk.Attempt{Number: 2, StartedAt: began.Add(time.Second), Duration: 8 * time.Millisecond, ResponseStatus: 200}, Sent: sent(0, 0, 0, 7000)},
	)
	got := waterfall.Of(e, []delivery.Record{r}, false)
	require.Equal(t, traceID, got.ID)
	require.False(t, got.Recorded)
	require.False(t, got.Truncated)
	require.Equal(t, 1008*time.Millisecond, got.Duration)
	require.Equal(t, []string{
		"publish order.created < : +0s 2ms unset",
		"deliver order.created < publish order.created: +2ms 43ms error",
		"queue < deliver order.created: +2ms 3ms unset",
		"attempt < deliver order.created: +5ms 40ms error",
		"dns < attempt: +5ms 1ms unset",
		"connect < attempt: +6ms 2ms unset",
		"tls < attempt: +8ms 10ms unset",
		"first byte < attempt: +18ms 22ms unset",
		"body < attempt: +40ms 5ms unset",
		"deliver order.created < publish order.created: +1s 8ms ok",
		"attempt < deliver order.created: +1s 8ms ok",
		"first byte < attempt: +1s 7ms unset",
		"body < attempt: +1.007s 1ms unset",
	}, shown(got))
	require.Equal(t, []waterfall.Link{{TraceID: traceID, SpanID: got.Spans[3].SpanID, Attributes: waterfall.Attributes{"switchhook.link": "previous_attempt"}}}, got.Spans[9].Links)
	require.Equal(t, int64(500), got.Spans[3].Attributes["http.response.status_code"])
}

func TestOfWaitingDelayedAndReplayed(t *testing.T) {
	t.Parallel()
	e := newEvent()
	e.DeliverAt, e.TraceParent = began.Add(time.Minute), ""
	r := newRecord(e, 1)
	r.ID, r.CreatedAt, r.UpdatedAt = delivery.ReplayID(uuid.UUID{9}, e.Key, r.SubscriptionID), began.Add(time.Hour), began.Add(time.Hour)
	r.Status = sdk.DeliveryPending
	got := waterfall.Of(e, []delivery.Record{r}, true)
	require.True(t, got.Truncated)
	require.Equal(t, "02000000000000000000000000000000", got.ID, "that of the event, which was not traced")
	require.Equal(t, []string{
		"publish order.created < : +0s 1m0s unset", "delay < publish order.created: +0s 1m0s unset",
		"deliver order.created < publish order.created: +1h0m0s 0s unset",
	}, shown(got))
	require.Equal(t, "replayed", got.Spans[2].Links[0].Attributes["switchhook.link"])
	require.Equal(t, got.Spans[0].SpanID, got.Spans[2].Links[0].SpanID)
	require.Equal(t, got, waterfall.Of(e, []delivery.Record{r}, true), "asked again it is the same")
}

func TestOfIsBounded(t *testing.T) {
	t.Parallel()
	e := newEvent()
	var records []delivery.Record
	for i := range waterfall.MaxSpans {
		records = append(records, newRecord(e, byte(i), delivery.Attempt{Attempt: sdk.Attempt{Number: 1, StartedAt: began.Add(time.Duration(i) * time.Second)}}))
		records[i].ID = uuid.UUID{byte(i >> 8), byte(i)}
	}
	got := waterfall.Of(e, records, false)
	require.Len(t, got.Spans, waterfall.MaxSpans)
	require.True(t, got.Truncated)
	requireTree(t, got)
}

// requireTree holds a computed trace to what any must be: nothing takes less than
// no time, and parts lie within their whole; deliveries follow their publishing.
func requireTree(t require.TestingT, got *waterfall.Trace) {
	spans := map[string]waterfall.Span{}
	for i, s := range got.Spans {
		require.GreaterOrEqual(t, s.Duration, time.Duration(0), s.Name)
		require.False(t, s.Start.Before(got.Start), s.Name)
		require.False(t, s.End().After(got.Start.Add(got.Duration)), s.Name)
		require.NotContains(t, spans, s.SpanID)
		if i == 0 {
			require.Empty(t, s.ParentSpanID)
			require.Equal(t, got.Start, s.Start)
		} else {
			parent, ok := spans[s.ParentSpanID]
			require.True(t, ok, "%s stands before its parent", s.Name)
			require.False(t, s.Start.Before(parent.Start), s.Name)
			if s.Kind != waterfall.Consumer {
				require.False(t, s.End().After(parent.End()), "%s ends after %s", s.Name, parent.Name)
			}
		}
		spans[s.SpanID] = s
	}
}

func TestOfIsATreeWhateverTheRowsSay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.Int64Range(-int64(time.Minute), int64(time.Hour))
		at := func(name string) time.Time { return began.Add(time.Duration(moment.Draw(t, name))) }
		micros := rapid.Uint64Range(0, 1<<41)
		e := newEvent()
		if rapid.Bool().Draw(t, "delayed") {
			e.DeliverAt = at("deliver at")
		}
		var records []delivery.Record
		for i := range rapid.IntRange(0, 4).Draw(t, "deliveries") {
			var attempts []delivery.Attempt
			for n := range rapid.IntRange(0, 4).Draw(t, "attempts") {
				attempts = append(attempts, delivery.Attempt{
					Attempt: sdk.Attempt{Number: n + 1, StartedAt: at("started"), Duration: time.Duration(moment.Draw(t, "took"))},
					Sent:    sent(micros.Draw(t, "dns"), micros.Draw(t, "connect"), micros.Draw(t, "tls"), micros.Draw(t, "first byte")),
				})
			}
			r := newRecord(e, byte(i), attempts...)
			r.CreatedAt, r.UpdatedAt = at("created"), at("updated")
			records = append(records, r)
		}
		requireTree(t, waterfall.Of(e, records, false))
	})
}
