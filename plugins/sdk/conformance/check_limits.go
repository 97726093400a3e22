package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// beyond is how many more creates are made at once than are allowed.
	beyond = 5
	// mostAtOnce bounds the creates; higher limits are not worth the time.
	mostAtOnce = 200
)

const remedyLimit = "leave limits and unique names to the engine: return its error to the error encoder, and do not count or look first"

// checkLimits makes more subscriptions than the manifest allows, at once and one
// after the other: an adapter that counts by itself is wrong in either.
func checkLimits(ctx context.Context, k *kit, r *recorder) {
	allowed := 0
	for _, l := range k.manifest.Limits {
		if allowed == 0 || l.Max < allowed {
			allowed = l.Max
		}
	}
	switch {
	case len(k.manifest.Limits) == 0:
		r.skip("the manifest has no limits")
		return
	case len(k.creators) == 0:
		r.skip("the document has no operation that makes a subscription")
		return
	case allowed+beyond > mostAtOnce:
		r.skip("the limit of %d is too high to be reached here", allowed)
		return
	}
	for _, c := range k.creators {
		requests := make([]request, allowed+beyond)
		for i := range requests {
			requests[i] = c.named(i)
		}
		want := allowed
		if c.upsert {
			want = 1
		}
		k.create(ctx, r, c, requests, want, len(requests))
		k.create(ctx, r, c, requests, want, 1)
	}
}

// checkNames makes several subscriptions of one name at once.
func checkNames(ctx context.Context, k *kit, r *recorder) {
	switch {
	case !k.manifest.UniqueName:
		r.skip("the manifest does not ask for unique names")
		return
	case len(k.creators) == 0:
		r.skip("the document has no operation that makes a subscription")
		return
	}
	for _, c := range k.creators {
		requests := make([]request, 2*beyond)
		for i := range requests {
			requests[i] = c.request
		}
		k.create(ctx, r, c, requests, 1, len(requests))
	}
}

// named is the creator's request with another name of the subscription, where the
// request has one.
func (c creator) named(i int) request {
	r := c.request
	if c.name == "" || i == 0 {
		return r
	}
	name, err := json.Marshal(c.name)
	if err != nil {
		return r
	}
	other, err := json.Marshal(fmt.Sprintf("%s%d", strings.TrimRight(c.name, "0123456789"), 1000+i))
	if err != nil {
		return r
	}
	r.body.bytes = bytes.Replace(r.body.bytes, name, other, 1)
	return r
}

// attempt is one of several creates at once.
type attempt struct {
	request request
	engine  *watched
	resp    *sdk.Response
	err     error
}

// create sends the requests to one account, at most atOnce at the same time, and
// holds the answers against what the engine did.
func (k *kit) create(ctx context.Context, r *recorder, c creator, requests []request, want, atOnce int) {
	r.cases(len(requests))
	w := k.empty()
	attempts := make([]attempt, len(requests))
	var running errgroup.Group
	running.SetLimit(atOnce)
	for i, req := range requests {
		attempts[i] = attempt{request: req, engine: watch(w.engine)}
		running.Go(func() error {
			attempts[i].resp, attempts[i].err = k.ask(ctx, req.api(), attempts[i].engine)
			return nil
		})
	}
	_ = running.Wait() // failures are in the attempts
	for _, a := range attempts {
		if k.judge(ctx, r, c.request.String(), a.err); a.err == nil {
			k.holdAttempt(r, a)
		}
	}
	if made := k.count(ctx, w); made != want {
		r.add(c.request.String(), remedyLimit, "%d creates, %d at once, left %d subscriptions, not %d", len(requests), atOnce, made, want)
	}
}

// count tells how many subscriptions there are.
func (k *kit) count(ctx context.Context, w world) int {
	n := 0
	for cursor := ""; ; {
		list, err := w.engine.ListSubscriptions(ctx, 0, cursor)
		if err != nil {
			return n
		}
		n += len(list.Subscriptions)
		if cursor = list.NextCursor; cursor == "" {
			return n
		}
	}
}

// holdAttempt records an answer that does not say what the engine did.
func (k *kit) holdAttempt(r *recorder, a attempt) {
	_, _, written, refusal := a.engine.seen()
	subject := a.request.op.String()
	switch {
	case written > 0 && !isSuccess(a.resp):
		r.add(subject, remedyLimit, "the engine made the subscription, but the answer is %s", shown(a.resp))
	case written == 0 && isSuccess(a.resp):
		r.add(subject, remedyLimit, "the engine refused (%v), but the answer is %s", refusal, shown(a.resp))
	case written == 0 && refusal != nil:
		k.holdFailure(r, subject+", "+failureName(refusal), a.request, a.resp, refusal)
	case written == 0:
		r.add(subject, remedyLimit, "the adapter refused without asking the engine: %s", shown(a.resp))
	}
}
