package sqltrace

import (
	"context"
	"database/sql/driver"
	"regexp"
	"strings"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// maxText bounds the text of a statement in bytes; one of many rows is long.
const maxText = 512

// describe tells what a statement is, without its values.
func describe(_ context.Context, m otelsql.Method, query string, _ []driver.NamedValue) []attribute.KeyValue {
	out := []attribute.KeyValue{semconv.DBOperationName(verbOf(m, query))}
	if query != "" {
		out = append(out, semconv.DBQueryText(textOf(query)))
	}
	return out
}

var (
	literal = regexp.MustCompile(`'(?:[^']|'')*'|\b[xX]'[0-9a-fA-F]*'`)
	table   = regexp.MustCompile("(?i)\\b(?:from|into|update)\\s+[`\"]?(\\w+)")
)

// textOf is a statement with literals as placeholders.
func textOf(query string) string {
	if strings.Contains(query, "'") {
		query = literal.ReplaceAllString(query, "?")
	}
	if len(query) > maxText {
		query = strings.ToValidUTF8(query[:maxText], "") + "…"
	}
	return query
}

// nameOf names a span by verb and table, as the conventions do.
func nameOf(m otelsql.Method, query string) string {
	verb := verbOf(m, query)
	if found := table.FindStringSubmatch(query); found != nil {
		return verb + " " + found[1]
	}
	return verb + " transaction"
}

func verbOf(m otelsql.Method, query string) string {
	switch m { //nolint:exhaustive // the others send a statement
	case otelsql.MethodConnBeginTx:
		return "BEGIN"
	case otelsql.MethodTxCommit:
		return "COMMIT"
	case otelsql.MethodTxRollback:
		return "ROLLBACK"
	}
	verb, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	return strings.ToUpper(verb)
}

const tracerName = "github.com/switchhook/switchhook/core/store"

// StartBatch begins the span of statements that are sent together, past
// database/sql. It does nothing where no trace is recorded.
func StartBatch(ctx context.Context, system attribute.KeyValue, size int) (context.Context, trace.Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, trace.SpanFromContext(context.Background())
	}
	return parent.TracerProvider().Tracer(tracerName).Start(ctx, "BATCH transaction", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(system, semconv.DBOperationName("BATCH"), semconv.DBOperationBatchSize(size)))
}
