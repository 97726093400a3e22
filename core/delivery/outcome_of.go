package delivery

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// outcome tells what an attempt makes of its delivery and subscription.
func (e *Engine) outcome(a *attempt, r result) *Outcome {
	now := e.Now()
	d := a.Delivery
	d.AttemptCount++
	d.UpdatedAt, d.DueAt = now, time.Time{}
	if d.FirstAttemptAt.IsZero() {
		d.FirstAttemptAt = r.started
	}
	o := &Outcome{Attempt: newAttempt(a, d.AttemptCount, r)}
	policy := e.policyOf(a.work)
	if r.failure == "" {
		d.Status = sdk.DeliveryDelivered
	} else {
		d.Status = sdk.DeliveryDead
		at, again := nextAttempt(policy, d.AttemptCount, d.FirstAttemptAt, now, retryAfter(r.response.Header, now), e.Random())
		if again && !r.permanent {
			d.Status, d.DueAt = sdk.DeliveryRetrying, at
		}
	}
	o.Delivery = d
	if !r.ours {
		o.Health = a.health(policy, r, now)
	}
	return o
}

// health tells what an attempt changes about its subscription; nil for nothing.
// A success or failure that follows another changes nothing, which keeps writes
// off the hot path.
func (a *attempt) health(p sdk.DeliveryPolicy, r result, now time.Time) *Health {
	if r.failure == "" && !a.sub.NoteSuccess() {
		return nil
	}
	h := &Health{AccountID: a.AccountID, SubscriptionID: a.SubscriptionID}
	if r.failure == "" {
		return h
	}
	since, changed := a.sub.NoteFailure(now, r.failure)
	h.FailingSince, h.LastError, h.DisabledReason, h.Gone = since, r.failure, r.disable, r.disable != ""
	if p.DisableAfter > 0 && now.Sub(since) >= p.DisableAfter && h.DisabledReason == "" {
		h.DisabledReason = fmt.Sprintf("Every attempt failed for %s", p.DisableAfter)
	}
	if h.DisabledReason != "" {
		if a.sub.NoteDisabled() {
			return h
		}
		h.DisabledReason, h.Gone = "", false // by one that was under way beside it
	}
	if !changed {
		return nil
	}
	return h
}

func newAttempt(a *attempt, number int, r result) *Attempt {
	return &Attempt{
		Attempt: sdk.Attempt{
			Number: number, StartedAt: r.started, Duration: r.duration, ResponseStatus: r.response.Status,
			ResponseHeaders: responseHeaders(r.response.Header), ResponseBody: r.response.Body, Error: r.failure,
		},
		TraceID: traceID(a.event.TraceParent), Sent: r.sent,
	}
}

const (
	maxKeptHeaders     = 32
	maxKeptHeaderValue = 512
)

// responseHeaders keeps the start of an answer's header, without cookies.
func responseHeaders(h http.Header) []sdk.Header {
	if len(h) == 0 {
		return nil
	}
	out := make([]sdk.Header, 0, len(h))
	for name, values := range h {
		if name == "Set-Cookie" {
			continue
		}
		value := strings.Join(values, ", ")
		out = append(out, sdk.Header{Name: name, Value: clean(value[:min(len(value), maxKeptHeaderValue)])})
	}
	slices.SortFunc(out, func(a, b sdk.Header) int { return strings.Compare(a.Name, b.Name) })
	return out[:min(len(out), maxKeptHeaders)]
}
