package delivery

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// providerWait is how long work waits for a provider that cannot be asked.
	providerWait = 5 * time.Second
	// defaultTimeout is for a provider whose policy is not known any more.
	defaultTimeout = 10 * time.Second
)

// result is what came of an attempt.
type result struct {
	started  time.Time
	duration time.Duration
	response egress.Response
	sent     Sent
	// err is why there is no complete answer.
	err error
	// failure is why the attempt failed; "" on success.
	failure string
	// permanent failures are not tried again.
	permanent bool
	// ours: the subscriber was never asked, so its health is not at stake.
	ours bool
	// disable is why the subscription is to be disabled; "" leaves it.
	disable string
}

// gate is what the result says about the subscription.
func (r *result) gate() gate.Result {
	switch {
	case r.ours:
		return gate.Unknown
	case r.failure != "":
		return gate.Failed
	default:
		return gate.Succeeded
	}
}

// send makes the HTTP request of an attempt.
func (e *Engine) send(a *attempt) {
	policy := e.policyOf(a.work)
	ctx, traceparent, span := e.startSend(a)
	started := e.Now()
	header := a.header(traceparent)
	resp, err := e.exchange(ctx, a, egress.Request{
		Method: a.request.Method, URL: a.request.URL, Header: header, Body: a.request.Body, Timeout: policy.Timeout,
	})
	r := result{started: started, duration: e.Now().Sub(started), response: resp, err: err, sent: a.newSent(header, resp.Timings)}
	r.failure = failure(policy, resp, err)
	if resp.Status == http.StatusGone && err == nil {
		r.permanent, r.disable = true, "The subscriber answered 410 Gone"
	}
	if e.attempts.Err() != nil && err != nil {
		// The span is not ended, and so not shown: the attempt that is made instead
		// has the same number and the same id.
		e.gates.Done(a.work, gate.Unknown)
		e.drop(a.work)
		return
	}
	endSend(span, resp, err, r.failure)
	e.finish(a, r)
}

// policyOf is the policy of work: its provider's, but for what its subscription
// has of its own.
func (e *Engine) policyOf(w *work) sdk.DeliveryPolicy { return w.sub.Policy(e.policy(w.Provider)) }

func (e *Engine) policy(provider string) sdk.DeliveryPolicy {
	if p := e.Providers.Providers().Get(provider); p != nil {
		return p.Manifest.Delivery
	}
	return sdk.DeliveryPolicy{Timeout: defaultTimeout, Schedule: []time.Duration{time.Minute}, MaxAttempts: 10}
}

// failure says in one sentence why an attempt failed; "" if it did not.
func failure(p sdk.DeliveryPolicy, resp egress.Response, err error) string {
	var ee *egress.Error
	switch {
	case errors.As(err, &ee) && ee.Kind == egress.KindTimeout:
		return fmt.Sprintf("timeout of %dms exceeded", p.Timeout.Milliseconds())
	case err != nil:
		return clean(err.Error())
	case p.IsSuccess(resp.Status):
		return ""
	default:
		return fmt.Sprintf("HTTP %d %s", resp.Status, http.StatusText(resp.Status))
	}
}

// clean makes text fit for any database's text column.
func clean(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "�")
}

// finish records an attempt and frees its place.
func (e *Engine) finish(a *attempt, r result) {
	e.metrics.countAttempt(a, &r)
	o := e.outcome(a, r)
	e.endAttempt(a, &r, o)
	e.record(a.work, o)
	e.gates.Done(a.work, r.gate())
	if o.Health != nil && o.Health.DisabledReason != "" {
		e.Log.WarnContext(a.logContext(), "subscription disabled", "account", a.AccountID, "subscription", a.SubscriptionID, "provider", a.Provider, "reason", o.Health.DisabledReason)
	}
	if o.Delivery.Status == sdk.DeliveryDead && !e.takenAway(a.work) {
		e.Log.WarnContext(a.logContext(), "delivery is dead", "account", a.AccountID, "event", a.EventKey, "delivery", a.ID, "subscription", a.SubscriptionID, "provider", a.Provider, "attempts", o.Delivery.AttemptCount, "reason", r.failure)
	}
}
