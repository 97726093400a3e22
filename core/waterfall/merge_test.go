package waterfall_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/waterfall"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func recorded(id, parent, name, kind string, after time.Duration) waterfall.Span {
	return waterfall.Span{
		TraceID: traceID, SpanID: id, ParentSpanID: parent, Name: name, Kind: kind, Service: "switchhook", Start: began.Add(after),
		Duration: time.Millisecond, Status: waterfall.Unset, Source: waterfall.Recorded, Attributes: waterfall.Attributes{},
	}
}

// The first attempt was recorded, the second was made by a node that did not.
func TestMergeTakesWhatWasRecorded(t *testing.T) {
	t.Parallel()
	e := newEvent()
	r := newRecord(e, 1,
		delivery.Attempt{Attempt: sdk.Attempt{Number: 1, StartedAt: began.Add(5 * time.Millisecond), Duration: time.Millisecond, Error: "500"}},
		delivery.Attempt{Attempt: sdk.Attempt{Number: 2, StartedAt: began.Add(time.Second), Duration: time.Millisecond}},
	)
	const publish = "00f067aa0ba902b7"
	deliver := recorded("0000000000000003", publish, "deliver order.created", waterfall.Consumer, 4*time.Millisecond)
	deliver.DeliveryID, deliver.Attempt = r.ID, 1
	other := recorded("0000000000000006", publish, "deliver order.created", waterfall.Consumer, time.Hour)
	other.DeliveryID, other.Attempt = uuid.UUID{7}, 1
	all := []waterfall.Span{
		recorded("0000000000000001", "00000000000000ff", "POST /v1/events", waterfall.Server, -time.Millisecond),
		recorded(publish, "0000000000000001", "publish order.created", waterfall.Producer, 0),
		recorded("0000000000000002", "0000000000000001", "publish order.paid", waterfall.Producer, 0),
		deliver, recorded("0000000000000004", "0000000000000003", "attempt POST", waterfall.Client, 5*time.Millisecond),
		recorded("0000000000000005", "0000000000000002", "match", waterfall.Internal, 5*time.Millisecond), other,
	}
	got := waterfall.Merge(waterfall.Of(e, []delivery.Record{r}, false), waterfall.Around(all, publish, r.ID), false)
	require.True(t, got.Recorded)
	var names []string
	for _, s := range got.Spans {
		names = append(names, string(s.Source)+" "+s.Name)
	}
	require.Equal(t, []string{
		"recorded POST /v1/events", "recorded publish order.created", "recorded deliver order.created", "recorded attempt POST",
		"stored deliver order.created", "stored attempt",
	}, names)
	require.Equal(t, r.ID, got.Spans[3].DeliveryID, "it is its parent's")
	require.Equal(t, 1, got.Spans[3].Attempt)
	require.Len(t, waterfall.Around(all, publish, uuid.Nil), 5)
	computed := waterfall.Of(e, []delivery.Record{r}, false)
	require.Equal(t, computed, waterfall.Merge(computed, nil, false))
}

// Spans that publishers send along may be of any shape.
func TestRecordingOfARing(t *testing.T) {
	t.Parallel()
	got := waterfall.Recording(traceID, []waterfall.Span{
		recorded("0000000000000001", "0000000000000002", "a", waterfall.Internal, 0),
		recorded("0000000000000002", "0000000000000001", "b", waterfall.Internal, 0),
	}, true)
	require.Len(t, got.Spans, 2)
	require.True(t, got.Truncated)
	require.Empty(t, waterfall.Around(got.Spans, "0000000000000009", uuid.Nil))
}
