package sqltrace

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/attribute"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
)

// instrumented is a connection that otelsql traces. It makes such of drivers alone,
// so one stands for the connection.
func instrumented(ctx context.Context, of *tap, system attribute.KeyValue) (fullConn, error) {
	d, ok := otelsql.WrapDriver(standIn{of},
		otelsql.WithTracerProvider(following{}),
		otelsql.WithMeterProvider(noopmetric.NewMeterProvider()), // latency is measured elsewhere
		otelsql.WithAttributes(system),
		otelsql.WithSpanNameFormatter(func(_ context.Context, m otelsql.Method, query string) string { return nameOf(m, query) }),
		otelsql.WithAttributesGetter(describe),
		otelsql.WithSpanErrorAttributesGetter(errorOf),
		otelsql.WithSpanOptions(otelsql.SpanOptions{
			DisableQuery: true, OmitRows: true, OmitConnResetSession: true, OmitConnPrepare: true, OmitConnectorConnect: true,
		}),
	).(driver.DriverContext)
	if !ok {
		return nil, errors.New("sqltrace: otelsql's driver makes no connector")
	}
	connector, err := d.OpenConnector("")
	if err != nil {
		return nil, err
	}
	made, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := made.(fullConn)
	if !ok {
		return nil, fmt.Errorf("sqltrace: %T lacks an interface", made)
	}
	return full, nil
}

// standIn is the driver and the connector of one connection that exists.
type standIn struct{ conn driver.Conn }

// Open implements driver.Driver.
func (s standIn) Open(string) (driver.Conn, error) { return s.conn, nil }

// OpenConnector implements driver.DriverContext.
func (s standIn) OpenConnector(string) (driver.Connector, error) { return s, nil }

// Connect implements driver.Connector.
func (s standIn) Connect(context.Context) (driver.Conn, error) { return s.conn, nil }

// Driver implements driver.Connector.
func (s standIn) Driver() driver.Driver { return s }

// following begins spans with whoever records the one in the context.
type following struct{ embedded.TracerProvider }

// Tracer implements trace.TracerProvider.
func (following) Tracer(name string, opts ...trace.TracerOption) trace.Tracer {
	return follower{name: name, opts: opts}
}

type follower struct {
	embedded.Tracer
	name string
	opts []trace.TracerOption
}

// Start implements trace.Tracer.
func (f follower) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	ctx, span := trace.SpanFromContext(ctx).TracerProvider().Tracer(f.name, f.opts...).Start(ctx, name, opts...)
	return ctx, quiet{span}
}

// quiet keeps texts of errors out of a span: they may show values.
type quiet struct{ trace.Span }

// RecordError implements trace.Span.
func (quiet) RecordError(error, ...trace.EventOption) {}

// errorOf is the database's own code for an error.
func errorOf(err error) []attribute.KeyValue {
	var postgres interface{ SQLState() string }
	var sqlite interface{ Code() int }
	kind := "_OTHER" // as the conventions say it
	switch {
	case errors.As(err, &postgres):
		kind = postgres.SQLState()
	case errors.As(err, &sqlite):
		kind = strconv.Itoa(sqlite.Code())
	case errors.Is(err, driver.ErrBadConn):
		kind = "bad_connection"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		kind = "canceled"
	}
	return []attribute.KeyValue{semconv.ErrorTypeKey.String(kind)}
}
