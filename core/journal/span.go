package journal

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// SetTracer sets who traces commits, before Run. Without one nobody does.
func (j *Journal) SetTracer(t trace.Tracer) { j.tracer = t }

// startCommits begins the commit spans of events; none where no trace is recorded.
func (j *Journal) startCommits(ctx context.Context, events []*event.Event) (begun []trace.Span) {
	if j.tracer == nil {
		return nil
	}
	for _, e := range events {
		if spans.Sampled(e.TraceParent) {
			_, span := j.tracer.Start(spans.Within(ctx, e.TraceParent), spans.Commit,
				trace.WithAttributes(spans.AccountID.String(e.AccountID.String())))
			begun = append(begun, span)
		}
	}
	return begun
}

// traced are the spans of a gathering that last until it is committed.
func traced(requests []request) (all []trace.Span) {
	for i := range requests {
		r := &requests[i]
		all = append(all, r.commits...)
		if r.outcome != nil && r.outcome.Span != nil {
			all = append(all, r.outcome.Span)
		}
	}
	return all
}

// within has what the store does traced as a part of the first span.
func within(ctx context.Context, all []trace.Span) context.Context {
	if len(all) == 0 {
		return ctx
	}
	return trace.ContextWithSpan(ctx, all[0])
}

// noteGroup tells each span how many were committed with it, and where the store's
// work on all of them is found.
func noteGroup(all []trace.Span, b *Batch) {
	if len(all) == 0 {
		return
	}
	first := spans.LinkTo(all[0].SpanContext(), spans.LinkCommittedWith)
	for i, span := range all {
		span.SetAttributes(spans.GroupSize.Int(len(b.Events) + len(b.Outcomes)))
		if i > 0 {
			span.AddLink(first)
		}
	}
}

// endCommits ends the spans of a request's events.
func (r *request) endCommits(err error) {
	for _, span := range r.commits {
		if err != nil {
			span.SetStatus(codes.Error, "not stored") // the log says why, once for all
		}
		span.End()
	}
}
