package subscription

import (
	"errors"
	"fmt"
	"time"

	"github.com/switchhook/switchhook/core/filter"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Bounds of [DeliveryOptions].
const (
	// MaxInFlight is the most that MaxInFlight may be.
	MaxInFlight = 1000
	// MinPerSecond and MaxPerSecond are the bounds of MaxPerSecond.
	MinPerSecond, MaxPerSecond = 0.01, 10_000
	// MinTimeout and MaxTimeout are the bounds of Timeout.
	MinTimeout, MaxTimeout = 100 * time.Millisecond, 60 * time.Second
	// MaxSchedule is the most waits of Schedule, and MinWait and MaxWait the bounds
	// of each.
	MaxSchedule      = 50
	MinWait, MaxWait = time.Second, 24 * time.Hour
	// MaxAttempts is the most that MaxAttempts may be.
	MaxAttempts = 100
)

// checkOptions tells what is wrong with options. authFresh tells that the caller
// gave the authentication now.
func (s *Service) checkOptions(f *fieldErrors, spec sdk.SubscriptionSpec, o Options, authFresh bool) {
	checkFilter(f, o)
	checkDelivery(f, o.Delivery)
	s.checkAuth(f, spec, o.Auth, authFresh)
}

func checkFilter(f *fieldErrors, o Options) {
	_, err := filter.Parse(o.Filters)
	var refused *filter.Error
	switch {
	case errors.As(err, &refused):
		f.add(refused.Pointer, "%s", refused.Message)
	case err != nil:
		f.add("/filters", "%s", err)
	}
}

func checkDelivery(f *fieldErrors, d DeliveryOptions) {
	within(f, "/delivery/max_in_flight", d.MaxInFlight, 1, MaxInFlight)
	within(f, "/delivery/max_per_second", d.MaxPerSecond, MinPerSecond, MaxPerSecond)
	within(f, "/delivery/timeout_seconds", d.Timeout.Seconds(), MinTimeout.Seconds(), MaxTimeout.Seconds())
	within(f, "/delivery/retry/max_attempts", d.MaxAttempts, 1, MaxAttempts)
	if d.Schedule != nil && len(d.Schedule) == 0 {
		f.add("/delivery/retry/schedule_seconds", "must have an entry; set max_attempts to 1 for no retries")
	}
	if len(d.Schedule) > MaxSchedule {
		f.add("/delivery/retry/schedule_seconds", "must have at most %d entries", MaxSchedule)
		return
	}
	for i, wait := range d.Schedule {
		if wait < MinWait || wait > MaxWait {
			f.add(fmt.Sprintf("/delivery/retry/schedule_seconds/%d", i), "must be from %v to %v", MinWait.Seconds(), MaxWait.Seconds())
		}
	}
}

// within wants 0, which is unset, or a number in bounds.
func within[N int | float64](f *fieldErrors, at string, n, least, most N) {
	if n != 0 && (n < least || n > most || n != n) {
		f.add(at, "must be from %v to %v", least, most)
	}
}
