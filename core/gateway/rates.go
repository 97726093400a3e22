package gateway

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxRates bounds how many accounts' rates are remembered at a time. Nothing
// expires: that would take a goroutine.
const maxRates = 50_000

// rates limits how often an account may call a provider's API.
type rates struct {
	now      func() time.Time
	limiters *otter.Cache[rateKey, *rate.Limiter]
}

type rateKey struct {
	provider  string
	account   uuid.UUID
	perSecond int
}

func newRates(now func() time.Time) *rates {
	return &rates{now: now, limiters: otter.Must(&otter.Options[rateKey, *rate.Limiter]{MaximumSize: maxRates})}
}

// wait returns how long a request comes too early; 0 when it is in time.
func (r *rates) wait(key rateKey) time.Duration {
	limiter, ok := r.limiters.GetIfPresent(key)
	if !ok {
		// Of two that are made at once one is taken by both.
		limiter, _ = r.limiters.SetIfAbsent(key, rate.NewLimiter(rate.Limit(key.perSecond), key.perSecond))
	}
	now := r.now()
	reservation := limiter.ReserveN(now, 1)
	delay := reservation.DelayFrom(now)
	if delay > 0 {
		reservation.CancelAt(now)
	}
	return delay
}

// pace refuses a request beyond the provider's rate, or the operator's for it.
func (x *exchange) pace() *sdk.Error {
	perSecond := x.flavour.provider.Manifest.RequestsPerSecond
	if n := x.g.cfg.RequestsPerSecond[x.flavour.provider.Name()]; n > 0 {
		perSecond = n
	}
	if perSecond == 0 || x.principal == nil {
		return nil
	}
	delay := x.g.rates.wait(rateKey{x.flavour.provider.Name(), x.principal.AccountID, perSecond})
	if delay == 0 {
		return nil
	}
	x.g.metrics.refused.Add(1, instrument.RefusedProviderRate)
	return &sdk.Error{
		Code: sdk.CodeRateLimited, RetryAfter: delay,
		Message: fmt.Sprintf("More than %d requests in a second; try again shortly", perSecond),
	}
}
