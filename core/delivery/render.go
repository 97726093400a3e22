package delivery

import (
	"context"
	"errors"
	"net/http"
	"net/textproto"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// enqueue is called by the gates with work that may run: in one piece as far as
// it is of one provider, so that it is rendered in one call.
func (e *Engine) enqueue(works []*work) {
	for len(works) > 0 {
		n := 1
		for n < len(works) && works[n].Provider == works[0].Provider {
			n++
		}
		e.batcher(works[0].Provider).add(works[:n])
		works = works[n:]
	}
}

func (e *Engine) batcher(provider string) *batcher {
	v, ok := e.batchers.Load(provider)
	if !ok {
		v, _ = e.batchers.LoadOrStore(provider, &batcher{
			render: func(batch []*work) { e.render(provider, batch) }, most: e.cfg.RenderBatch, working: &e.working,
		})
	}
	return v.(*batcher) //nolint:forcetypeassert // nothing else is stored
}

// attempt is one delivery attempt on its way.
type attempt struct {
	*work
	ctx     context.Context // carries the deliver span
	request *sdk.Request
	// traceparent is that of the event, where its trace is not recorded.
	traceparent string
}

// render makes requests of a batch and starts to send them.
func (e *Engine) render(provider string, batch []*work) {
	if batch = e.uncancelled(batch); len(batch) == 0 {
		return
	}
	now := e.Now()
	attempts := make([]*attempt, len(batch))
	in := make([]pluginhost.Delivery, len(batch))
	rendering := make([]trace.Span, len(batch))
	for i, w := range batch {
		if now.Sub(w.UpdatedAt) > staleAfter {
			e.refresh(w)
		}
		a := e.startAttempt(w, now)
		attempts[i] = a
		var traceparent string
		traceparent, rendering[i] = e.startRender(a, len(batch))
		in[i] = pluginhost.Delivery{
			ID: w.ID.String(), Event: &w.event.Event, Subscription: w.sub.ContractAt(now), EventType: w.EventType,
			Verbatim: w.Verbatim, Attempt: w.AttemptCount + 1, Time: now, TraceParent: traceparent,
		}
	}
	results := e.renderAll(provider, in)
	for i, a := range attempts {
		e.notePlugin(a, rendering[i], results[i].Span, now)
		switch {
		case results[i].crashed != nil:
			endRender(rendering[i], clean(results[i].crashed.Error()))
			e.finish(a, result{started: now, failure: "render: " + clean(results[i].crashed.Error()), ours: true})
		case results[i].Err != nil:
			endRender(rendering[i], results[i].Err.Message)
			e.renderRefused(a, results[i].Err)
		default:
			endRender(rendering[i], "")
			a.request = results[i].Request
			e.senders.send(a)
		}
	}
}

// rendered is what came of one delivery of a batch.
type rendered struct {
	pluginhost.Result
	// crashed is why the call for this delivery alone failed.
	crashed error
}

// renderAll has a batch rendered. Where the call fails, as it does when one
// delivery kills or hangs its plugin, the batch is halved until only the culprit
// is left: the others must not share its fate, and it must not come back for ever.
func (e *Engine) renderAll(provider string, in []pluginhost.Delivery) []rendered {
	results, err := e.Renderer.Render(e.attempts, provider, in)
	switch {
	case err == nil:
		out := make([]rendered, len(results))
		for i := range results {
			out[i].Result = results[i]
		}
		return out
	case errors.Is(err, pluginhost.ErrUnknownProvider) || e.attempts.Err() != nil:
		out := make([]rendered, len(in))
		for i := range out {
			out[i].Err = &sdk.Error{Code: sdk.CodeUnavailable, Message: "The provider cannot be asked now"}
		}
		return out
	case len(in) == 1:
		return []rendered{{crashed: err}}
	default:
		half := len(in) / 2
		return append(e.renderAll(provider, in[:half]), e.renderAll(provider, in[half:])...)
	}
}

// unrendered is work whose provider cannot be asked: it waits in the store, and
// no attempt is counted.
func (e *Engine) unrendered(a *attempt, err error) {
	defer e.gates.Done(a.work, gate.Unknown)
	if e.attempts.Err() != nil {
		e.drop(a.work)
		return
	}
	if a.recording() {
		a.traced.span.SetStatus(codes.Error, clean(err.Error()))
	}
	e.park(a.work, providerWait)
}

// renderRefused is work that the adapter cannot render: trying again would fail
// again, unless it says that it is unavailable.
func (e *Engine) renderRefused(a *attempt, err *sdk.Error) {
	if err.Code == sdk.CodeUnavailable {
		e.unrendered(a, err)
		return
	}
	e.finish(a, result{started: e.Now(), failure: "render: " + err.Error(), permanent: true, ours: true})
}

// header makes the request's header: the subscription's own, then the
// adapter's, then the trace context. Baggage is never passed on.
func (a *attempt) header(traceparent string) http.Header {
	n := len(a.request.Headers) + len(a.sub.Headers) + 1
	h := make(http.Header, n+1) // egress adds one
	values := make([]string, 0, n)
	// set gives a name its first value, from an array that all names share.
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	for _, f := range a.sub.Headers {
		if name := textproto.CanonicalMIMEHeaderKey(f.Name); h[name] == nil {
			set(name, f.Value)
		} else {
			h[name] = append(h[name], f.Value)
		}
	}
	for i, f := range a.request.Headers {
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		if i == 0 || a.request.Headers[i-1].Name != f.Name {
			set(name, f.Value)
		} else {
			h[name] = append(h[name], f.Value)
		}
	}
	if traceparent != "" && !a.sub.Options.Delivery.NoTraceParent {
		set("Traceparent", traceparent)
	}
	return h
}
