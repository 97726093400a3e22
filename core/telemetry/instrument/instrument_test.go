package instrument_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// meter makes instruments whose values read returns by name.
func meter(t testing.TB) (maker *instrument.Maker, read func() map[string]metricdata.Metrics) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	maker = instrument.For(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test"))
	return maker, func() map[string]metricdata.Metrics {
		var all metricdata.ResourceMetrics
		require.NoError(t, reader.Collect(t.Context(), &all))
		out := map[string]metricdata.Metrics{}
		for _, s := range all.ScopeMetrics {
			for _, m := range s.Metrics {
				out[m.Name] = m
			}
		}
		return out
	}
}

// Names and keys follow OpenTelemetry's rules, and each definition can be made.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	key := regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
	unit := regexp.MustCompile(`^(s|By|\{[a-z]+\})$`)
	seen := map[string]bool{}
	maker, _ := meter(t)
	for _, d := range instrument.All() {
		require.Regexp(t, name, d.Name)
		require.Regexp(t, unit, d.Unit, d.Name)
		require.Regexp(t, `^[A-Z0-9].*\.$`, d.Description, d.Name)
		require.False(t, seen[d.PrometheusName()], d.Name)
		seen[d.PrometheusName()] = true
		require.LessOrEqual(t, len(d.Attributes), 5, d.Name)
		require.Equal(t, d.Kind == instrument.Histogram, len(d.Buckets) > 0, d.Name)
		require.IsIncreasing(t, append(d.Buckets, 1e9, 1e10), d.Name)
		for _, a := range d.Attributes {
			require.Regexp(t, key, a.Key, d.Name)
			require.NotEqual(t, a.Values == nil, a.Bound == "", "%s: %s needs its values or what bounds them", d.Name, a.Key)
		}
		switch d.Kind {
		case instrument.Counter:
			maker.Count(d)
		case instrument.Histogram:
			maker.Spread(d)
		case instrument.Gauge:
			maker.Observe(nil, d)
		default:
			require.Fail(t, "no such kind", "%s: %s", d.Name, d.Kind)
		}
	}
	require.NoError(t, maker.Err())
}

func sets(t *testing.T, m metricdata.Metrics) map[attribute.Set]float64 {
	t.Helper()
	out := map[attribute.Set]float64{}
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			out[p.Attributes] = float64(p.Value)
		}
	case metricdata.Sum[float64]:
		for _, p := range data.DataPoints {
			out[p.Attributes] = p.Value
		}
	case metricdata.Gauge[float64]:
		for _, p := range data.DataPoints {
			out[p.Attributes] = p.Value
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			out[p.Attributes] = p.Sum
		}
	default:
		require.Fail(t, "unknown data", "%T", data)
	}
	return out
}

func TestCountersBeginAtZeroAndValuesAreBounded(t *testing.T) {
	t.Parallel()
	maker, read := meter(t)
	refused := maker.Count(instrument.Refused)
	attempts := maker.Count(instrument.Attempts)
	begun := sets(t, read()[instrument.Refused.Name])
	require.Len(t, begun, len(instrument.Refused.Attributes[0].Values))
	for _, v := range begun {
		require.Zero(t, v)
	}
	for i := range 10_000 {
		refused.Add(1, fmt.Sprintf("subscription-%d", i))
		attempts.Add(1, fmt.Sprintf("provider-%d", i), "https://example.com/secret")
		attempts.Add(1, fmt.Sprintf("provider-%d", i), instrument.AttemptSuccess)
	}
	all := read()
	got := sets(t, all[instrument.Refused.Name])
	require.Len(t, got, len(begun)+1)
	require.InDelta(t, 10_000, got[attribute.NewSet(attribute.String("reason", instrument.Other))], 0)
	bounded := sets(t, all[instrument.Attempts.Name])
	require.LessOrEqual(t, len(bounded), 2000, "the SDK's own bound")
	sum := 0.0
	for set, n := range bounded {
		sum += n
		outcome, _ := set.Value("outcome")
		require.NotContains(t, outcome.AsString(), "secret")
	}
	require.InDelta(t, 20_000, sum, 0, "what is bounded is counted all the same")
}

func TestGaugesAreReadAtScrapes(t *testing.T) {
	t.Parallel()
	maker, read := meter(t)
	waiting := 0.0
	maker.Observe(func(_ context.Context, o instrument.Observer) {
		waiting++
		o.Set(instrument.Waiting, waiting)
		o.Set(instrument.Breakers, 3, "open")
		o.Set(instrument.PluginRestarts, 2, "callbell")
	}, instrument.Waiting, instrument.Breakers, instrument.PluginRestarts)
	read()
	all := read()
	require.Equal(t, map[attribute.Set]float64{attribute.NewSet(): 2}, sets(t, all[instrument.Waiting.Name]))
	require.Equal(t, map[attribute.Set]float64{attribute.NewSet(attribute.String("state", "open")): 3}, sets(t, all[instrument.Breakers.Name]))
	require.Equal(t, map[attribute.Set]float64{attribute.NewSet(attribute.String("provider", "callbell")): 2}, sets(t, all[instrument.PluginRestarts.Name]))
}

func TestOptionalAttributesAreLeftOut(t *testing.T) {
	t.Parallel()
	maker, read := meter(t)
	d := maker.Spread(instrument.CommitDuration)
	d.Took(2 * time.Second)
	d.Took(3*time.Second, instrument.CommitFenced)
	require.Equal(t, map[attribute.Set]float64{
		attribute.NewSet(): 2, attribute.NewSet(attribute.String("error.type", "fenced")): 3,
	}, sets(t, read()[instrument.CommitDuration.Name]))
}

// The zero value, and what is made of no meter, count nothing.
func TestWithoutAMeter(t *testing.T) {
	t.Parallel()
	require.NotPanics(t, func() {
		instrument.Count{}.Add(1, "a")
		instrument.Spread{}.Record(1)
		maker := instrument.For(nil)
		maker.Count(instrument.Retries).Add(1, "a")
		maker.Observe(nil, instrument.Waiting)
		require.NoError(t, maker.Err())
	})
}

// Counting on the road of every delivery allocates nothing.
func TestCountingAllocatesNothing(t *testing.T) {
	maker, _ := meter(t)
	attempts, latency := maker.Count(instrument.Attempts), maker.Spread(instrument.Latency)
	count := func() {
		attempts.Add(1, "callbell", instrument.AttemptSuccess)
		latency.Took(time.Second, "callbell")
	}
	count()
	require.Zero(t, testing.AllocsPerRun(1000, count))
}

func BenchmarkCount(b *testing.B) {
	maker, _ := meter(b)
	attempts, latency := maker.Count(instrument.Attempts), maker.Spread(instrument.Latency)
	b.Run("counter", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			attempts.Add(1, "callbell", instrument.AttemptSuccess)
		}
	})
	b.Run("histogram", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			latency.Record(0.1, "callbell")
		}
	})
}
