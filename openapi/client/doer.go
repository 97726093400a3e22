package client

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const idempotencyKey = "Idempotency-Key"

// retries bounds how often a request is sent.
type retries struct {
	most   uint
	within time.Duration
}

// doer sends requests, again where that is safe, and makes problems errors.
type doer struct {
	http    *http.Client
	retries retries
}

// Do implements switchhook.HttpRequestDoer.
func (d *doer) Do(r *http.Request) (*http.Response, error) {
	if !repeatable(r) {
		return d.try(r)
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = 200 * time.Millisecond
	sent := false
	return backoff.Retry(r.Context(), func() (*http.Response, error) {
		if sent && r.GetBody != nil {
			body, err := r.GetBody()
			if err != nil {
				return nil, backoff.Permanent(err)
			}
			r.Body = body
		}
		sent = true
		resp, err := d.try(r)
		return resp, judge(r.Context(), err)
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(d.retries.most), backoff.WithMaxElapsedTime(d.retries.within))
}

// repeatable tells whether a request may arrive twice: its method says so (RFC
// 9110, section 9.2.2), or its Idempotency-Key; and its body can be sent again.
func repeatable(r *http.Request) bool {
	safe := slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete}, r.Method)
	return (safe || r.Header.Get(idempotencyKey) != "") && (r.Body == nil || r.Body == http.NoBody || r.GetBody != nil)
}

func (d *doer) try(r *http.Request) (*http.Response, error) {
	resp, err := d.http.Do(r) //nolint:gosec // the address is the one that the program gave to New
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < http.StatusMultipleChoices {
		return resp, nil
	}
	return nil, problemOf(resp)
}

// judge tells whether an error is worth another try, and when.
func judge(ctx context.Context, err error) error {
	var p *Problem
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return backoff.Permanent(err)
	case !errors.As(err, &p):
		return err // the gateway could not be reached
	case !slices.Contains([]int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, p.Status):
		return backoff.Permanent(err)
	case p.RetryAfter > 0:
		return &waiting{RetryAfterError: &backoff.RetryAfterError{Duration: p.RetryAfter}, problem: p}
	}
	return err
}

// waiting is a problem that says when to try again.
type waiting struct {
	*backoff.RetryAfterError
	problem *Problem
}

// Error implements error.
func (w *waiting) Error() string { return w.problem.Error() }

// Unwrap gives the problem to the program and the time to the library.
func (w *waiting) Unwrap() []error { return []error{w.RetryAfterError, w.problem} }

// retryAfter reads Retry-After in seconds, which is how gateways write it.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
