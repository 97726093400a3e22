package manifestcheck

import (
	"fmt"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func (c *checker) delivery(d sdk.DeliveryPolicy) {
	for i, r := range d.Success {
		c.require(r.From >= 100 && r.To <= 599 && r.From <= r.To, fmt.Sprintf("delivery.success[%d]", i),
			"%d to %d must be a range within 100 to 599", r.From, r.To)
	}
	c.require(d.Timeout > 0 && d.Timeout <= maxTimeout, "delivery.timeout", "%s must be above 0 and at most %s", d.Timeout, maxTimeout)
	c.schedule(d)
	c.require(d.MaxAttempts >= 0 && d.MaxAttempts <= maxAttempts, "delivery.max_attempts", "%d must be 0 to %d", d.MaxAttempts, maxAttempts)
	c.require(d.Budget >= 0 && d.Budget <= maxWait, "delivery.budget", "%s must be 0 to %s", d.Budget, maxWait)
	c.require(d.MaxAttempts != 0 || d.Budget != 0, "delivery.max_attempts", "must be set where delivery.budget is not: retries must end")
	// Written so that NaN, which compares false, is refused.
	c.require(d.Jitter >= 0 && d.Jitter <= 1, "delivery.jitter", "%g must be 0 to 1", d.Jitter)
	c.require(d.DisableAfter >= 0, "delivery.disable_after", "%s must not be negative", d.DisableAfter)
}

func (c *checker) schedule(d sdk.DeliveryPolicy) {
	const field = "delivery.schedule"
	c.require(len(d.Schedule) > 0 || d.MaxAttempts == 1, field, "must have a wait unless delivery.max_attempts is 1")
	c.require(len(d.Schedule) <= maxSchedule, field, "must have at most %d waits", maxSchedule)
	for i, w := range d.Schedule {
		c.require(w >= 0 && w <= maxWait, fmt.Sprintf("%s[%d]", field, i), "%s must be 0 to %s", w, maxWait)
	}
	// The last wait repeats, so a budget alone does not bound attempts without it.
	if n := len(d.Schedule); n > 0 && d.MaxAttempts == 0 {
		c.require(d.Schedule[n-1] > 0, fmt.Sprintf("%s[%d]", field, n-1),
			"must be above 0 where delivery.max_attempts is not set, since the last wait repeats")
	}
}
