package conformance

import (
	"context"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

// failures are what the gateway refuses requests with before the adapter is
// reached; see core/gateway.
var failures = []*sdk.Error{
	{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials, Message: "The request has no credentials"},
	{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials, Message: "The API key is unknown"},
	{Code: sdk.CodeDenied, Reason: sdk.ReasonNoScope, Message: "The API key has no scope of this API", RequiredScopes: []string{"subscriptions:write"}},
	{Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "The API key lacks a scope", RequiredScopes: []string{"subscriptions:write"}},
	{Code: sdk.CodeNotFound, Message: "There is no such path"},
	{Code: sdk.CodeMethodNotAllowed, Message: "The path does not know this method", Allow: []string{"GET"}},
	{Code: sdk.CodeNotAcceptable, Message: "The Accept header must allow application/json"},
	{Code: sdk.CodeTooLarge, Message: "The body must have at most 10 bytes"},
	{Code: sdk.CodeUnsupportedMediaType, Message: "The Content-Type must be application/json"},
	{Code: sdk.CodeRateLimited, Message: "Too many requests", RetryAfter: time.Second},
	{Code: sdk.CodeUnavailable, Message: "The service is unavailable", RetryAfter: time.Second},
	{Code: sdk.CodeInternal, Message: "Internal error"},
	{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: "The body is no JSON"},
	{Code: sdk.CodeInvalid, Message: "The request is invalid", Fields: []sdk.FieldError{{In: "body", Field: "/url", Message: "is required"}}},
	{Code: sdk.CodeInvalid, Message: "The request is invalid", Fields: []sdk.FieldError{{In: "query", Field: "limit", Message: "must be a number"}}},
}

// refusals are what engine calls fail with.
var refusals = []*sdk.Error{
	sdk.InvalidField("/url", "must name a public host"),
	{Code: sdk.CodeConflict, Reason: sdk.ReasonDuplicateName, Message: "The name is taken", Fields: []sdk.FieldError{{In: "body", Field: "/name", Message: "is taken"}}},
	{Code: sdk.CodeLimit, Message: "At most 5 subscriptions may exist"},
	{Code: sdk.CodeNotFound, Message: "There is no such subscription"},
	{Code: sdk.CodeDenied, Message: "The API key may not do this"},
	{Code: sdk.CodeUnavailable, Message: "The service is unavailable", RetryAfter: time.Second},
	{Code: sdk.CodeInternal, Message: "Internal error"},
}

const remedyEnvelope = "write every *sdk.Error in EncodeError, in the form that the document describes for its status"

// checkErrors has each failure answered for each operation, and for a path that
// the document does not have.
func checkErrors(ctx context.Context, k *kit, r *recorder) {
	if u := k.manifest.Unavailable; u != nil {
		r.cases(1)
		if problem := envelopeProblem(k.doc, request{}, u); problem != "" {
			r.add("manifest: unavailable", remedyEnvelope, "%s: %s", shown(u), problem)
		}
	}
	for _, failure := range failures {
		k.fail(ctx, r, nil, failure)
		for _, o := range k.operations {
			k.fail(ctx, r, o, failure)
		}
	}
	for _, refusal := range refusals {
		for _, x := range k.answered {
			k.refuse(ctx, r, x, refusal)
		}
	}
}

// fail has the adapter's EncodeError answer one request.
func (k *kit) fail(ctx context.Context, r *recorder, o *operation, failure *sdk.Error) {
	req, in, subject := request{}, pluginclient.APIRequest{Method: http.MethodGet, Path: "/conformance/no/such/path"}, "a path that the document does not have"
	if o != nil {
		if failure.Code == sdk.CodeUnsupportedMediaType && len(o.bodyTypes()) == 0 {
			return // the gateway does not look at what is not read
		}
		req = k.generator().variants(o, body{}, known{subscription: "x"}, false)[0]
		in, subject = req.api(), o.String()
	}
	in.Failure, in.Caller = failure, sdk.Caller{}
	subject += ", " + failureName(failure)
	resp, ok := k.handle(ctx, r, subject, in, sdk.RefuseCalls(sdk.Errorf(sdk.CodeDenied, "Nobody is authenticated")))
	if ok {
		k.holdFailure(r, subject, req, resp, failure)
	}
}

// refuse repeats a request that succeeded with an engine that refuses every call.
func (k *kit) refuse(ctx context.Context, r *recorder, x exchanged, refusal *sdk.Error) {
	w := k.empty()
	w.engine.Fail(refusal)
	engine := watch(w.engine)
	subject := x.request.String() + ", engine answers " + failureName(refusal)
	resp, ok := k.handle(ctx, r, subject, x.request.api(), engine)
	calls, _, _, _ := engine.seen()
	if !ok || calls == 0 {
		return // nothing was refused
	}
	// What is not there may be an empty list, or deleted already.
	if isSuccess(resp) && refusal.Code == sdk.CodeNotFound {
		return
	}
	k.holdFailure(r, subject, x.request, resp, refusal)
}

// holdFailure records what is wrong with the answer to a failure.
func (k *kit) holdFailure(r *recorder, subject string, req request, resp *sdk.Response, failure *sdk.Error) {
	if problem := envelopeProblem(k.doc, req, resp); problem != "" {
		r.add(subject, remedyEnvelope, "%s: %s", shown(resp), problem)
		return
	}
	ours := failure.Code == sdk.CodeInternal || failure.Code == sdk.CodeUnavailable
	theirs := resp.Status < http.StatusInternalServerError
	// Some vendors are "unavailable" to those who ask too often.
	busy := failure.Code == sdk.CodeRateLimited && resp.Status == http.StatusServiceUnavailable
	switch {
	case ours && theirs:
		r.add(subject, remedyEnvelope, "%s: a failure of the service is answered as the client's fault, so clients do not try again", shown(resp))
	case !ours && !theirs && !busy:
		r.add(subject, remedyEnvelope, "%s: the client's fault is answered as a failure of the service", shown(resp))
	}
}

func failureName(e *sdk.Error) string {
	switch {
	case e.Reason != "":
		return e.Code.String() + " (" + e.Reason + ")"
	case len(e.Fields) > 0:
		return e.Code.String() + " (" + e.Fields[0].In + ")"
	default:
		return e.Code.String()
	}
}
