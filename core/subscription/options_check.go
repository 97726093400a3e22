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
	mostInFlight                  = 1000
	leastPerSecond, mostPerSecond = 0.01, 10_000
	leastTimeout, mostTimeout     = 100 * time.Millisecond, 60 * time.Second
	// mostWaits is how many a schedule has, of which each is within two bounds.
	mostWaits           = 50
	leastWait, mostWait = time.Second, 24 * time.Hour
	mostAttempts        = 100
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
	within(f, "/delivery/max_in_flight", d.MaxInFlight, 1, mostInFlight)
	within(f, "/delivery/max_per_second", d.MaxPerSecond, leastPerSecond, mostPerSecond)
	within(f, "/delivery/timeout_seconds", d.Timeout.Seconds(), leastTimeout.Seconds(), mostTimeout.Seconds())
	within(f, "/delivery/retry/max_attempts", d.MaxAttempts, 1, mostAttempts)
	if d.Schedule != nil && len(d.Schedule) == 0 {
		f.add("/delivery/retry/schedule_seconds", "must have an entry; set max_attempts to 1 for no retries")
	}
	if len(d.Schedule) > mostWaits {
		f.add("/delivery/retry/schedule_seconds", "must have at most %d entries", mostWaits)
		return
	}
	for i, wait := range d.Schedule {
		if wait < leastWait || wait > mostWait {
			f.add(fmt.Sprintf("/delivery/retry/schedule_seconds/%d", i), "must be from %v to %v", leastWait.Seconds(), mostWait.Seconds())
		}
	}
}

// within wants 0, which is unset, or a number in bounds.
func within[N int | float64](f *fieldErrors, at string, n, least, most N) {
	if n != 0 && (n < least || n > most) {
		f.add(at, "must be from %v to %v", least, most)
	}
}
