package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

const remedyData = "refuse data that cannot be sent with sdk.CodeInvalid, which gives the delivery up; it must not panic, and other codes hide the reason or try again for ever"

// brokenRenders renders what cannot be rendered.
func (k *kit) brokenRenders(ctx context.Context, r *recorder) {
	subs, err := k.subscribers(ctx)
	if err != nil {
		return
	}
	silent := newRecorder(check{})
	for _, c := range k.renderings(silent) {
		k.brokenData(ctx, r, c, subs[0])
	}
	c := rendering{subject: "an unknown event type", native: "conformance.unknown", event: newEvent("conformance.unknown", attributes(), []byte("{}"))}
	k.holdBroken(ctx, r, c.subject, k.broken(c, subs[0]))
	if cases := k.renderings(silent); len(cases) > 0 {
		k.brokenSubscriptions(ctx, r, cases[0], subs[0])
		k.brokenBatches(ctx, r, cases[0], subs[0])
	}
}

// badData are data of events that no schema allows.
func badData() []string {
	return []string{
		"", " ", "{", "null", "[]", "0", `"x"`, "{}", "\xff", "{\"text\":\"\xff\"}",
		strings.Repeat("[", deep) + strings.Repeat("]", deep),
		`{"text":"` + strings.Repeat("x", large/4) + `"}`,
	}
}

// wrongValues take the place of each field of an event's data.
var wrongValues = []any{nil, "x", 1.5, true, []any{nil}, map[string]any{"x": nil}}

// brokenData renders one event type with data of other shapes.
func (k *kit) brokenData(ctx context.Context, r *recorder, c rendering, sub *sdk.Subscription) {
	texts := badData()
	var object map[string]any
	if !c.verbatim && json.Unmarshal(c.event.Data, &object) == nil {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			for _, wrong := range wrongValues {
				changed := maps.Clone(object)
				changed[name] = wrong
				if b, err := json.Marshal(changed); err == nil {
					texts = append(texts, string(b))
				}
			}
		}
	}
	in := k.broken(c, sub)
	delivery := in.GetDeliveries()[0]
	in.Events, in.Deliveries = nil, nil
	for i, text := range texts {
		event := *c.event
		event.Data = []byte(text)
		if !jsondata.Valid(event.Data) {
			event.DataContentType = "" // as JSON, the gateway would not have taken it
		}
		in.Events = append(in.Events, event.Proto())
		in.Deliveries = append(in.Deliveries, &adapterv1.RenderDelivery{
			Id: fmt.Sprint(i), Event: uint32(i), EventType: delivery.GetEventType(), Verbatim: delivery.GetVerbatim(),
			Attempt: 1, AttemptTime: delivery.GetAttemptTime(),
		})
	}
	k.holdBroken(ctx, r, c.subject, in)
}

// broken is a call with one delivery, to be broken.
func (k *kit) broken(c rendering, sub *sdk.Subscription) *adapterv1.RenderRequest {
	d := c.delivery(sub, attemptTime)
	return &adapterv1.RenderRequest{
		Events: []*adapterv1.Event{c.event.Proto()}, Subscriptions: []*adapterv1.Subscription{sub.Proto()},
		Deliveries: []*adapterv1.RenderDelivery{d.Proto(0, 0)},
	}
}

// brokenSubscriptions renders for subscriptions as nobody has them.
func (k *kit) brokenSubscriptions(ctx context.Context, r *recorder, c rendering, sub *sdk.Subscription) {
	changes := map[string]func(*sdk.Subscription){
		"without a secret":        func(s *sdk.Subscription) { s.Secret = "" },
		"with a strange secret":   func(s *sdk.Subscription) { s.Secret = "{\"\u2028\n" },
		"without a URL":           func(s *sdk.Subscription) { s.URL = "" },
		"with a malformed URL":    func(s *sdk.Subscription) { s.URL = "http://[%zz" },
		"with nothing at all":     func(s *sdk.Subscription) { *s = sdk.Subscription{} },
		"with a very long secret": func(s *sdk.Subscription) { s.Secret = sdk.Secret(strings.Repeat("x", 64<<10)) },
	}
	for _, what := range sortedKeys(changes) {
		changed := *sub
		changes[what](&changed)
		k.holdBroken(ctx, r, "a subscription "+what, k.broken(c, &changed))
	}
}

// brokenBatches are calls that the contract does not allow, or only just.
func (k *kit) brokenBatches(ctx context.Context, r *recorder, c rendering, sub *sdk.Subscription) {
	changes := map[string]func(*adapterv1.RenderRequest){
		"no deliveries":                  func(in *adapterv1.RenderRequest) { in.Deliveries = nil },
		"no subscription":                func(in *adapterv1.RenderRequest) { in.Subscriptions = nil },
		"no event":                       func(in *adapterv1.RenderRequest) { in.Events = nil },
		"an event that was not sent":     func(in *adapterv1.RenderRequest) { in.Deliveries[0].Event = 1 << 31 },
		"an empty event":                 func(in *adapterv1.RenderRequest) { in.Events[0] = &adapterv1.Event{} },
		"an empty subscription":          func(in *adapterv1.RenderRequest) { in.Subscriptions[0] = &adapterv1.Subscription{} },
		"an empty delivery":              func(in *adapterv1.RenderRequest) { in.Deliveries[0] = &adapterv1.RenderDelivery{} },
		"no event type":                  func(in *adapterv1.RenderRequest) { in.Deliveries[0].EventType = "" },
		"no time":                        func(in *adapterv1.RenderRequest) { in.Deliveries[0].AttemptTime = nil },
		"a malformed trace":              func(in *adapterv1.RenderRequest) { in.Deliveries[0].Traceparent = "00-zz" },
		"a number of attempts too large": func(in *adapterv1.RenderRequest) { in.Deliveries[0].Attempt = 1<<32 - 1 },
	}
	for _, what := range sortedKeys(changes) {
		in := k.broken(c, sub)
		changes[what](in)
		k.holdBroken(ctx, r, "a batch with "+what, in)
	}
}

// holdBroken makes the call, which may be refused as a whole, and looks at the
// codes of the results.
func (k *kit) holdBroken(ctx context.Context, r *recorder, subject string, in *adapterv1.RenderRequest) {
	if k.plugin == nil {
		return
	}
	r.cases(max(len(in.GetDeliveries()), 1))
	callCtx, cancel := context.WithTimeout(ctx, k.o.CallTimeout)
	defer cancel()
	out, err := k.plugin.Client().Render(callCtx, in)
	switch {
	case lost(err):
		k.revive(ctx, r, subject)
		return
	case callCtx.Err() != nil && ctx.Err() == nil:
		r.add(subject, remedyData, "no answer within %s", k.o.CallTimeout)
		return
	case err != nil:
		return // refused as a whole
	}
	for i, result := range out.GetResults() {
		data := ""
		if i < len(in.GetEvents()) {
			data = ", with the data " + excerpt(in.GetEvents()[i].GetData())
		}
		if e := sdk.ErrorFromProto(result.GetError()); e != nil {
			if e.Code == sdk.CodeInternal || e.Code == sdk.CodeUnavailable {
				r.add(subject, remedyData, "fails with the code %s (%s)%s", e.Code, e.Message, data)
			}
			continue
		}
		req := result.GetRequest()
		if n := req.GetBody(); int(n) < len(out.GetBodies()) {
			problem := requestProblem(&sdk.Request{Headers: sdk.HeadersFromProto(req.GetHeaders()), Body: out.GetBodies()[n]})
			if problem != "" {
				r.add(subject, remedyData, "%s%s", problem, data)
			}
		}
	}
}
