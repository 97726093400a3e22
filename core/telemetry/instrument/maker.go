package instrument

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// Maker makes instruments of definitions and keeps the errors until the end.
type Maker struct {
	meter metric.Meter
	errs  []error
}

// For returns a maker of a meter; nil makes instruments that nobody reads.
func For(meter metric.Meter) *Maker {
	if meter == nil {
		meter = noop.Meter{}
	}
	return &Maker{meter: meter}
}

// Err tells what could not be made.
func (m *Maker) Err() error { return errors.Join(m.errs...) }

func (m *Maker) failed(d *Definition, err error) {
	if err != nil {
		m.errs = append(m.errs, fmt.Errorf("metric %s: %w", d.Name, err))
	}
}

// Count is a counter with its sets of attributes. The zero value counts nothing.
type Count struct {
	instrument metric.Int64Counter
	series     *series[metric.AddOption]
}

// Count makes a counter. Where all values are known each series begins at zero: a
// rate of a counter that appears with its first count would miss that one.
func (m *Maker) Count(d *Definition) Count {
	c, err := m.meter.Int64Counter(d.Name, metric.WithUnit(d.Unit), metric.WithDescription(d.Description))
	m.failed(d, err)
	out := Count{c, newSeries(d, func(o metric.MeasurementOption) metric.AddOption { return o })}
	for _, values := range d.combinations() {
		out.Add(0, values...)
	}
	return out
}

// Add counts n. The values are those of the definition's attributes in order; ""
// leaves one out.
func (c Count) Add(n int64, values ...string) {
	if c.instrument == nil {
		return
	}
	c.instrument.Add(context.Background(), n, c.series.of(values)...)
}

// Spread is a histogram with its sets of attributes. The zero value takes nothing.
type Spread struct {
	instrument metric.Float64Histogram
	series     *series[metric.RecordOption]
}

// Spread makes a histogram.
func (m *Maker) Spread(d *Definition) Spread {
	h, err := m.meter.Float64Histogram(d.Name, metric.WithUnit(d.Unit), metric.WithDescription(d.Description),
		metric.WithExplicitBucketBoundaries(d.Buckets...))
	m.failed(d, err)
	return Spread{h, newSeries(d, func(o metric.MeasurementOption) metric.RecordOption { return o })}
}

// Record takes one value; see [Count.Add] for the rest.
func (s Spread) Record(v float64, values ...string) {
	if s.instrument == nil {
		return
	}
	s.instrument.Record(context.Background(), v, s.series.of(values)...)
}

// Took is Record of a time in seconds.
func (s Spread) Took(d time.Duration, values ...string) { s.Record(d.Seconds(), values...) }

// Observer takes what is read at a scrape.
type Observer struct {
	observer    metric.Observer
	instruments map[*Definition]observable
}

type observable struct {
	metric.Float64Observable
	series *series[metric.ObserveOption]
}

// Set tells the value of a definition that Observe was given.
func (o Observer) Set(d *Definition, v float64, values ...string) {
	i := o.instruments[d]
	o.observer.ObserveFloat64(i.Float64Observable, v, i.series.of(values)...)
}

// Observe has gauges and counters read by a function at each scrape.
func (m *Maker) Observe(read func(context.Context, Observer), ds ...*Definition) {
	instruments := make(map[*Definition]observable, len(ds))
	list := make([]metric.Observable, 0, len(ds))
	for _, d := range ds {
		i, err := m.observable(d)
		m.failed(d, err)
		instruments[d] = observable{i, newSeries(d, func(o metric.MeasurementOption) metric.ObserveOption { return o })}
		list = append(list, i)
	}
	_, err := m.meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		read(ctx, Observer{o, instruments})
		return nil
	}, list...)
	if err != nil {
		m.errs = append(m.errs, err)
	}
}

func (m *Maker) observable(d *Definition) (metric.Float64Observable, error) {
	if d.Kind == Counter {
		return m.meter.Float64ObservableCounter(d.Name, metric.WithUnit(d.Unit), metric.WithDescription(d.Description))
	}
	return m.meter.Float64ObservableGauge(d.Name, metric.WithUnit(d.Unit), metric.WithDescription(d.Description))
}
