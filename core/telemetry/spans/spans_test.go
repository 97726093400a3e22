package spans_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// Every key that a kind names is described, and none is described in vain.
func TestTheTablesAgree(t *testing.T) {
	t.Parallel()
	described, used := map[attribute.Key]bool{}, map[attribute.Key]bool{spans.Link: true}
	for _, a := range spans.Attributes {
		require.False(t, described[a.Key], "%s is described twice", a.Key)
		require.Contains(t, []string{"string", "int", "double", "bool"}, a.Type)
		require.NotEmpty(t, a.Meaning)
		described[a.Key] = true
	}
	for _, k := range spans.Kinds {
		require.NotEmpty(t, k.When, k.Name)
		for _, key := range k.Attributes {
			used[key] = true
		}
		for _, e := range k.Events {
			for _, key := range e.Attributes {
				used[key] = true
			}
		}
	}
	require.Equal(t, used, described)
}

func TestKindsAreFoundByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		kind trace.SpanKind
		want string
	}{
		{"POST /v1/events", trace.SpanKindServer, "{method} {path}"},
		{"GET", trace.SpanKindServer, "{method}"},
		{"switchhook.adapter.v1.Adapter/Handle", trace.SpanKindClient, "switchhook.adapter.v1.Adapter/Handle"},
		{"switchhook.adapter.v1.Adapter/Handle", trace.SpanKindServer, "switchhook.adapter.v1.Adapter/Handle"},
		{"publish order.created", trace.SpanKindProducer, "publish {type}"},
		{"attempt POST", trace.SpanKindClient, "attempt {method}"},
		{"attempt", trace.SpanKindInternal, "attempt"},
		{"INSERT events", trace.SpanKindClient, "{operation} {table}"},
		{"adapter render", trace.SpanKindInternal, "adapter render"},
	} {
		k := spans.Of(c.name, c.kind)
		require.NotNil(t, k, c.name)
		require.Equal(t, c.want, k.Name)
	}
	require.Nil(t, spans.Of("render", trace.SpanKindClient))
	require.Nil(t, spans.Of("something", trace.SpanKindInternal))
}

func TestSampled(t *testing.T) {
	t.Parallel()
	const ids = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"
	for flags, want := range map[string]bool{"00": false, "01": true, "02": false, "03": true, "0f": true, "": false} {
		require.Equal(t, want, spans.Sampled(ids+flags), flags)
	}
	require.False(t, spans.Sampled(""))
	require.Equal(t, ids+"01", spans.TraceParent(spans.Within(t.Context(), ids+"01")))
}

func TestAttemptsHaveIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	a, b := uuid.New(), uuid.New()
	seen := map[trace.SpanID]bool{}
	for _, id := range []uuid.UUID{a, b} {
		for number := 1; number < 50; number++ {
			got := spans.AttemptID(id, number)
			require.True(t, got.IsValid())
			require.Equal(t, got, spans.AttemptID(id, number))
			require.False(t, seen[got])
			seen[got] = true
		}
	}
	ctx := spans.WithID(t.Context(), spans.AttemptID(a, 1))
	id, ok := spans.IDIn(ctx)
	require.True(t, ok)
	require.Equal(t, spans.AttemptID(a, 1), id)
	_, ok = spans.IDIn(trace.ContextWithSpan(ctx, spans.None))
	require.False(t, ok, "spans below have ids of their own")
}
