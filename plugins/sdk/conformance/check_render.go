package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

const (
	remedyRender = "render every event type of the manifest; an *sdk.Error says why an event cannot be sent"
	remedyStable = "build the body of the event and the subscription alone: no clock, no random numbers, no order of a map"
	remedyShared = "build in SharedBody only what does not depend on the subscription"
	remedyOnce   = "build the body in SharedBody: it does not depend on the subscription, and is then sent once"
	remedyExact  = "put the data of a verbatim delivery into the body byte for byte"
)

// checkRender renders the whole catalogue for two subscriptions, several times.
func checkRender(ctx context.Context, k *kit, r *recorder) {
	cases := k.renderings(r)
	subs, err := k.subscribers(ctx)
	if err != nil {
		r.add("url", "correct the manifest", "no subscription can be made: %v", err)
		return
	}
	together := k.renderAll(ctx, r, cases, subs)
	good := cases[:0:0]
	var first [][]pluginclient.Result
	for i, c := range cases {
		if results := together[i]; results != nil && k.holdRendered(r, c, results) {
			good, first = append(good, c), append(first, results)
		}
	}
	again := k.renderAll(ctx, r, good, subs)
	alone := [][][]pluginclient.Result{k.renderAll(ctx, r, good, subs[:1]), k.renderAll(ctx, r, good, subs[1:])}
	for i, c := range good {
		if !stable(r, c, first[i], again[i]) {
			continue
		}
		for j := range subs {
			if one := alone[j][i]; one != nil && one[0].Err == nil && !bytes.Equal(one[0].Request.Body, first[i][j].Request.Body) {
				r.add(c.subject, remedyShared, "a delivery has another body when it is rendered together with that of another subscription")
			}
		}
		if a, b := first[i][0].Request.Body, first[i][1].Request.Body; len(a) > 0 && bytes.Equal(a, b) && &a[0] != &b[0] {
			r.add(c.subject, remedyOnce, "two subscriptions get the same body, but it comes twice")
		}
	}
}

// holdRendered records what is wrong with the requests of one event; ok is false
// where one is missing.
func (k *kit) holdRendered(r *recorder, c rendering, results []pluginclient.Result) (ok bool) {
	for _, result := range results {
		if result.Err != nil {
			r.add(c.subject, remedyRender, "cannot be rendered: %s (%s)", result.Err, result.Err.Code)
			return false
		}
		if problem := requestProblem(result.Request); problem != "" {
			r.add(c.subject, remedyRender, "%s", problem)
		}
		if c.verbatim && !carries(result.Request.Body, c.event.Data) {
			r.add(c.subject, remedyExact, "the data %s is not in the body: %s", c.event.Data, excerpt(result.Request.Body))
		}
	}
	return true
}

// requestProblem tells what is wrong with a rendered request, beyond what the
// gateway refuses.
func requestProblem(req *sdk.Request) string {
	contentType := ""
	for _, h := range req.Headers {
		if strings.EqualFold(h.Name, "Content-Type") {
			if contentType != "" {
				return "the request has two Content-Type headers"
			}
			contentType = h.Value
		}
	}
	switch {
	case len(req.Body) == 0:
		return ""
	case contentType == "":
		return "the request has a body and no Content-Type"
	case isJSON(contentType) && !json.Valid(req.Body):
		return fmt.Sprintf("the body is %s by its Content-Type, but no JSON: %s", contentType, excerpt(req.Body))
	default:
		return ""
	}
}

// carries tells whether a body has the data in it, as it stands or in a form.
func carries(body, data []byte) bool {
	if bytes.Contains(body, data) {
		return true
	}
	form, err := url.QueryUnescape(string(body))
	return err == nil && strings.Contains(form, string(data))
}

// stable records a delivery that is another one when it is rendered again.
func stable(r *recorder, c rendering, first, again []pluginclient.Result) bool {
	if again == nil {
		return false
	}
	for i := range first {
		if again[i].Err != nil {
			r.add(c.subject, remedyRender, "cannot be rendered a second time: %s", again[i].Err)
			return false
		}
		a, b := first[i].Request, again[i].Request
		switch {
		case !bytes.Equal(a.Body, b.Body):
			r.add(c.subject, remedyStable, "the same delivery has another body each time: %s, then %s", excerpt(a.Body), excerpt(b.Body))
			return false
		case a.Method != b.Method || a.URL != b.URL:
			r.add(c.subject, remedyStable, "the same delivery has another method or URL each time")
			return false
		case !slices.Equal(headerNames(a), headerNames(b)):
			r.add(c.subject, remedyStable, "the same delivery has other headers each time")
			return false
		}
	}
	return true
}

func headerNames(req *sdk.Request) []string {
	out := make([]string, len(req.Headers))
	for i, h := range req.Headers {
		out[i] = h.Name
	}
	return out
}

// renderAll renders every case for every subscription in one batch: entry i has
// the results of case i, nil where it could not be had. A batch that fails is
// rendered case by case, so that the finding names the one at fault.
func (k *kit) renderAll(ctx context.Context, r *recorder, cases []rendering, subs []*sdk.Subscription) [][]pluginclient.Result {
	out := make([][]pluginclient.Result, len(cases))
	if len(cases) == 0 {
		return out
	}
	var batch []pluginclient.Delivery
	for _, c := range cases {
		batch = append(batch, deliveriesOf(c, subs, attemptTime)...)
	}
	results, err := k.renderBatch(ctx, batch)
	if err == nil {
		r.cases(len(batch))
		for i := range cases {
			out[i] = results[i*len(subs) : (i+1)*len(subs)]
		}
		return out
	}
	if lost(err) {
		exit := k.stop()
		if again := k.launch(ctx); again != nil {
			r.add("render", remedyCrash, "the process ended: %v; it does not start again: %v", exit, again)
			return out
		}
	}
	found := len(r.result.Findings)
	for i, c := range cases {
		out[i], _ = k.render(ctx, r, c.subject, deliveriesOf(c, subs, attemptTime))
	}
	if len(r.result.Findings) == found && ctx.Err() == nil {
		r.add("render", remedyRender, "a batch of %d deliveries failed, though each by itself does not: %v", len(batch), err)
	}
	return out
}

func deliveriesOf(c rendering, subs []*sdk.Subscription, at time.Time) []pluginclient.Delivery {
	out := make([]pluginclient.Delivery, len(subs))
	for i, sub := range subs {
		out[i] = c.delivery(sub, at)
	}
	return out
}
