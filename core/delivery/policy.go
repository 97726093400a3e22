package delivery

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxRetryAfter bounds what a subscriber may ask for.
const maxRetryAfter = 24 * time.Hour

// nextAttempt tells when a delivery that has failed attempts times is tried
// again; ok is false when its policy is used up. first is when the first attempt
// began, random a number from 0 to 1, and retryAfter, which only lengthens the
// wait, what the subscriber asked for.
func nextAttempt(p sdk.DeliveryPolicy, attempts int, first, now time.Time, retryAfter time.Duration, random float64) (at time.Time, ok bool) {
	if len(p.Schedule) == 0 || (p.MaxAttempts > 0 && attempts >= p.MaxAttempts) {
		return time.Time{}, false
	}
	wait := p.Schedule[min(attempts, len(p.Schedule))-1]
	wait += time.Duration(float64(wait) * p.Jitter * (2*random - 1))
	at = now.Add(max(wait, min(retryAfter, maxRetryAfter), 0))
	if p.Budget > 0 && at.After(first.Add(p.Budget)) {
		return time.Time{}, false
	}
	return at, true
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds or a date. It
// is 0 when absent, past or malformed.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(text, 10, 63); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return min(max(date.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
