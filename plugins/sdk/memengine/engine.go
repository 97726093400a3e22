// Package memengine is an engine in memory, for one account. It keeps the rules of a
// manifest as the gateway does; tests of adapters and the conformance kit play
// the gateway with it.
package memengine

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxPage is the most subscriptions that one page of the engine holds.
const maxPage = 100

// Engine is an engine in memory for one account. It keeps the manifest's limits,
// unique names, URL policy, id format and secret policy as the gateway does.
// Its clock stands still until [Engine.SetTime]. It may be used concurrently.
type Engine struct {
	manifest sdk.Manifest

	mu         sync.Mutex
	now        time.Time
	subs       []sdk.Subscription // oldest first
	deliveries []sdk.DeliveryRecord
	made       int
	failure    *sdk.Error
	answer     func(sdk.Probe) sdk.ProbeResult
	probes     []sdk.Probe
	published  []Published
}

var _ sdk.Engine = (*Engine)(nil)

// New returns an empty engine for the adapter of the manifest. Its clock
// shows 2026-01-02 03:04:05 UTC.
func New(m sdk.Manifest) *Engine {
	return &Engine{manifest: m, now: time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)}
}

// SetTime sets the engine's clock.
func (e *Engine) SetTime(t time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = t
}

// AddDelivery records a delivery, newer than all before it.
func (e *Engine) AddDelivery(d sdk.DeliveryRecord) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deliveries = append(e.deliveries, d)
}

// Fail makes every later call answer err; nil ends it.
func (e *Engine) Fail(err *sdk.Error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failure = err
}

// CreateSubscription implements [sdk.Engine].
func (e *Engine) CreateSubscription(_ context.Context, spec sdk.SubscriptionSpec) (*sdk.Subscription, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure != nil {
		return nil, e.failure
	}
	return e.create(spec)
}

// PutSubscription implements [sdk.Engine].
func (e *Engine) PutSubscription(_ context.Context, spec sdk.SubscriptionSpec) (*sdk.Subscription, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure != nil {
		return nil, false, e.failure
	}
	if len(e.subs) == 0 {
		sub, err := e.create(spec)
		return sub, err == nil, err
	}
	if err := e.check(spec, e.subs[0].ID); err != nil {
		return nil, false, err
	}
	e.subs[0].SubscriptionSpec = cloneSpec(spec)
	e.subs[0].DisabledReason, e.subs[0].UpdatedAt = "", e.now
	return clone(&e.subs[0]), false, nil
}

// GetSubscription implements [sdk.Engine].
func (e *Engine) GetSubscription(_ context.Context, id string) (*sdk.Subscription, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, err := e.find(id)
	if err != nil {
		return nil, err
	}
	return clone(&e.subs[i]), nil
}

// ListSubscriptions implements [sdk.Engine]. Cursors are numbers.
func (e *Engine) ListSubscriptions(_ context.Context, limit int, cursor string) (*sdk.SubscriptionList, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure != nil {
		return nil, e.failure
	}
	start := 0
	if cursor != "" {
		n, err := strconv.Atoi(cursor)
		if err != nil || n < 0 || n > len(e.subs) {
			return nil, sdk.Errorf(sdk.CodeInvalid, "The cursor is not one of this list")
		}
		start = n
	}
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	end := min(start+limit, len(e.subs))
	page := &sdk.SubscriptionList{Subscriptions: []sdk.Subscription{}}
	for i := start; i < end; i++ {
		s := clone(&e.subs[i])
		s.Secret = ""
		page.Subscriptions = append(page.Subscriptions, *s)
	}
	if end < len(e.subs) {
		page.NextCursor = strconv.Itoa(end)
	}
	return page, nil
}

// UpdateSubscription implements [sdk.Engine].
func (e *Engine) UpdateSubscription(_ context.Context, id string, patch sdk.SubscriptionPatch) (*sdk.Subscription, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, err := e.find(id)
	if err != nil {
		return nil, err
	}
	spec := patched(e.subs[i].SubscriptionSpec, patch)
	if err := e.check(spec, e.subs[i].ID); err != nil {
		return nil, err
	}
	if spec.Enabled {
		e.subs[i].DisabledReason = ""
	}
	e.subs[i].SubscriptionSpec, e.subs[i].UpdatedAt = spec, e.now
	return clone(&e.subs[i]), nil
}

// DeleteSubscription implements [sdk.Engine].
func (e *Engine) DeleteSubscription(_ context.Context, id string) (*sdk.Subscription, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, err := e.find(id)
	if err != nil {
		return nil, err
	}
	last := e.subs[i]
	e.subs = slices.Delete(e.subs, i, i+1)
	return &last, nil
}

// Disable turns the caller's subscription off as the gateway does after failures.
func (e *Engine) Disable(id, reason string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, err := e.find(id)
	if err != nil {
		return err
	}
	e.subs[i].Enabled, e.subs[i].DisabledReason = false, reason
	return nil
}

func (e *Engine) create(spec sdk.SubscriptionSpec) (*sdk.Subscription, error) {
	if err := e.check(spec, ""); err != nil {
		return nil, err
	}
	if err := e.checkLimits(spec); err != nil {
		return nil, err
	}
	e.made++
	sub := sdk.Subscription{SubscriptionSpec: cloneSpec(spec), CreatedAt: e.now, UpdatedAt: e.now}
	var err error
	if sub.ID, err = newID(e.manifest.IDFormat, e.made, e.now); err != nil {
		return nil, err
	}
	if err := e.keys(&sub); err != nil {
		return nil, err
	}
	e.subs = append(e.subs, sub)
	return clone(&sub), nil
}

// find returns the index of a subscription; an id of "" is the only one.
func (e *Engine) find(id string) (int, error) {
	if e.failure != nil {
		return 0, e.failure
	}
	for i := range e.subs {
		if e.subs[i].ID == id || (id == "" && len(e.subs) == 1) {
			return i, nil
		}
	}
	return 0, sdk.Errorf(sdk.CodeNotFound, "There is no such subscription")
}

func patched(spec sdk.SubscriptionSpec, p sdk.SubscriptionPatch) sdk.SubscriptionSpec {
	spec = cloneSpec(spec)
	set(&spec.Name, p.Name)
	set(&spec.URL, p.URL)
	set(&spec.EventTypes, p.EventTypes)
	set(&spec.Filters, p.Filters)
	set(&spec.Secret, p.Secret)
	set(&spec.Headers, p.Headers)
	set(&spec.Enabled, p.Enabled)
	set(&spec.Settings, p.Settings)
	return spec
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func clone(s *sdk.Subscription) *sdk.Subscription {
	c := *s
	c.SubscriptionSpec = cloneSpec(s.SubscriptionSpec)
	return &c
}

func cloneSpec(s sdk.SubscriptionSpec) sdk.SubscriptionSpec {
	s.EventTypes, s.Filters = slices.Clone(s.EventTypes), slices.Clone(s.Filters)
	s.Headers, s.Settings = slices.Clone(s.Headers), maps.Clone(s.Settings)
	return s
}
