package conformance

import (
	"context"
	"net/http"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	remedyRouted   = "serve the operation in Handler, at the path of the document without its server URL"
	remedyAccepted = "accept what the document allows, or give the document an example that is accepted"
	remedyAnswer   = "answer as the document describes, or describe the answer"
)

// checkOperations sends requests that the document allows to every operation. At
// least one of them must succeed, and every answer must be described.
func checkOperations(ctx context.Context, k *kit, r *recorder) {
	if len(k.operations) == 0 {
		r.skip("the document has no operations")
		return
	}
	// Creators come first: the other operations need what they make.
	later := make([]*operation, 0, len(k.operations))
	for _, o := range k.operations {
		if len(o.bodyTypes()) == 0 || !k.tryCreator(ctx, r, o) {
			later = append(later, o)
		}
	}
	for _, o := range later {
		k.tryOperation(ctx, r, o)
	}
}

// tryCreator tells whether the operation makes a subscription in an empty account.
func (k *kit) tryCreator(ctx context.Context, r *recorder, o *operation) bool {
	bodies, _ := k.generator().bodies(o)
	var found []creator
	for _, b := range withoutRepeats(bodies) {
		for _, req := range k.generator().variants(o, b, known{}, false) {
			w := k.empty()
			engine := watch(w.engine)
			resp, err := k.ask(ctx, req.api(), engine)
			if lost(err) {
				k.revive(ctx, r, req.String())
			}
			if err != nil || !isSuccess(resp) {
				continue
			}
			list, _ := w.engine.ListSubscriptions(ctx, 1, "")
			if len(list.Subscriptions) == 0 {
				continue
			}
			sub := list.Subscriptions[0]
			_, created, _, refusal := engine.seen()
			found = append(found, creator{request: req, name: sub.Name, upsert: refusal != nil || created == 0})
			k.answered = append(k.answered, exchanged{req, resp, known{subscription: sub.ID}})
			break
		}
	}
	if len(found) == 0 {
		return false
	}
	k.creators = append(k.creators, found[0])
	// The bodies that were refused must be refused in a described way.
	for _, b := range withoutRepeats(bodies) {
		req := k.generator().variants(o, b, known{}, false)[0]
		if resp, ok := k.handle(ctx, r, req.String(), req.api(), k.empty().engine); ok {
			k.hold(r, req, resp)
		}
	}
	return true
}

// tryOperation sends the operation's requests to an account with a subscription.
func (k *kit) tryOperation(ctx context.Context, r *recorder, o *operation) {
	bodies, notes := k.generator().bodies(o)
	for _, note := range notes {
		r.note("%s", note)
	}
	var last *sdk.Response
	var lastRequest request
	reached := false
	for _, b := range withoutRepeats(bodies) {
		for _, optional := range []bool{false, true} {
			req, resp, ok := k.tryVariants(ctx, r, o, b, optional)
			if resp == nil {
				continue
			}
			if lastRequest, last = req, resp; ok {
				reached = true
			}
		}
	}
	if reached || last == nil {
		return
	}
	switch last.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		r.add(o.String(), remedyRouted, "is not served: no request that the document allows is answered with success, the last with %s", shown(last))
	default:
		r.add(lastRequest.String(), remedyAccepted, "refuses every request that the document allows, the last with %s", shown(last))
	}
}

// tryVariants sends a body with the ids that are known, until one request
// succeeds. Every answer is held against the document.
func (k *kit) tryVariants(ctx context.Context, r *recorder, o *operation, b body, optional bool) (req request, resp *sdk.Response, ok bool) {
	for i := 0; ; i++ {
		w, err := k.seeded(ctx, o)
		if err != nil {
			k.judge(ctx, r, o.String(), err)
			return req, nil, false
		}
		variants := k.generator().variants(o, b, w.ids, optional)
		if i >= len(variants) {
			return req, resp, false
		}
		req = variants[i]
		answer, answered := k.handle(ctx, r, req.String(), req.api(), w.engine)
		if !answered {
			continue
		}
		resp = answer
		k.hold(r, req, resp)
		if isSuccess(resp) {
			k.answered = append(k.answered, exchanged{req, resp, w.ids})
			return req, resp, true
		}
	}
}

// hold records what the document does not describe. That an answer to a request
// which is valid is a failure of the adapter's own is a finding too.
func (k *kit) hold(r *recorder, req request, resp *sdk.Response) {
	if problem := answerProblem(req, resp); problem != "" {
		r.add(req.String(), remedyAnswer, "the document does not describe the answer %s: %s", shown(resp), problem)
	} else if resp.Status >= http.StatusInternalServerError && resp.Status != http.StatusNotImplemented {
		r.add(req.String(), remedyAccepted, "a request that the document allows is answered with %s", shown(resp))
	}
}
