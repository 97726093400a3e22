package account

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// The limits that an [Emitter] is told of.
const (
	LimitEventsPerSecond = "events_per_second"
	LimitMaxEventBytes   = "max_event_bytes"
	LimitSubscriptions   = "max_subscriptions"
)

// Emitter is told of what operators want to know. It must not wait: requests do.
type Emitter interface {
	// LimitReached says that a limit has refused a request of the account.
	LimitReached(ctx context.Context, accountID uuid.UUID, limit string)
}

// WithEmitter tells an emitter of what happens.
func WithEmitter(e Emitter) Option { return func(s *Service) { s.emitter = e } }

// Pace is what an account's rate leaves it at this node.
type Pace struct {
	// Limit is the most events at once.
	Limit int
	// Window is the time in which as many may be published again.
	Window time.Duration
	// Remaining is how many may be published now.
	Remaining int
	// Reset is how long it is until Limit may be published.
	Reset time.Duration
}

// Admit holds events that are about to be published to the account's limits. The
// pace is nil where no rate is set; it comes with errors too. Errors: rate limited
// with the time to come back, too large, not found.
func (s *Service) Admit(ctx context.Context, accountID uuid.UUID, events []sdk.Event) (*Pace, error) {
	settings, err := s.Settings(ctx, accountID)
	if err != nil || settings.Limits == (Limits{}) {
		return nil, err
	}
	limits := settings.Limits
	if err := limits.checkSizes(events); err != nil {
		s.limitReached(ctx, accountID, LimitMaxEventBytes)
		return nil, err
	}
	if limits.EventsPerSecond == 0 {
		return nil, nil
	}
	pace, err := s.buckets.take(accountID, limits, len(events), s.now())
	if err != nil {
		s.limitReached(ctx, accountID, LimitEventsPerSecond)
		s.refused.Add(1, instrument.RefusedAccountRate)
	}
	return pace, err
}

func (s *Service) limitReached(ctx context.Context, accountID uuid.UUID, limit string) {
	if s.emitter != nil {
		s.emitter.LimitReached(ctx, accountID, limit)
	}
}

func (l Limits) checkSizes(events []sdk.Event) error {
	if l.MaxEventBytes == 0 {
		return nil
	}
	for i := range events {
		n := len(events[i].Data)
		if int64(n) <= l.MaxEventBytes {
			continue
		}
		which := "The event"
		if len(events) > 1 {
			which = fmt.Sprintf("The event at /%d", i)
		}
		return sdk.Errorf(sdk.CodeTooLarge, "%s has %d bytes of data; the account's limit is %d", which, n, l.MaxEventBytes)
	}
	return nil
}

// buckets are the token buckets of accounts. Nothing expires: that would take a
// goroutine. Other limits have another bucket.
type buckets struct {
	entries *otter.Cache[bucketKey, *rate.Limiter]
}

type bucketKey struct {
	account   uuid.UUID
	perSecond float64
	burst     int
}

func newBuckets() *buckets {
	return &buckets{otter.Must(&otter.Options[bucketKey, *rate.Limiter]{MaximumSize: cacheSize})}
}

// take takes n events out of an account's bucket, or none.
func (b *buckets) take(account uuid.UUID, l Limits, n int, now time.Time) (*Pace, error) {
	key := bucketKey{account, l.EventsPerSecond, l.AtOnce()}
	bucket, ok := b.entries.GetIfPresent(key)
	if !ok {
		// Of two that are made at once one is taken by both.
		bucket, _ = b.entries.SetIfAbsent(key, rate.NewLimiter(rate.Limit(key.perSecond), key.burst))
	}
	err := reserve(bucket, n, now)
	tokens := max(0, bucket.TokensAt(now))
	return &Pace{
		Limit: key.burst, Window: seconds(float64(key.burst) / key.perSecond),
		Remaining: int(tokens), Reset: seconds((float64(key.burst) - tokens) / key.perSecond),
	}, err
}

func reserve(bucket *rate.Limiter, n int, now time.Time) error {
	r := bucket.ReserveN(now, n)
	if !r.OK() {
		return sdk.Errorf(sdk.CodeTooLarge, "At most %d events may be published at once in this account; send smaller batches", bucket.Burst())
	}
	delay := r.DelayFrom(now)
	if delay == 0 {
		return nil
	}
	r.CancelAt(now)
	return &sdk.Error{
		Code: sdk.CodeRateLimited, RetryAfter: delay,
		Message: "The account's rate of events is used up; publish again later",
	}
}

// maxWait bounds what is said of very slow rates.
const maxWait = 365 * 24 * time.Hour

func seconds(s float64) time.Duration {
	return time.Duration(math.Min(s, maxWait.Seconds()) * float64(time.Second))
}
