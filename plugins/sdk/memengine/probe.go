package memengine

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Published is an event that an adapter published to one subscription.
type Published struct {
	SubscriptionID, EventType string
	Data                      []byte
}

// AnswerProbes makes f answer what adapters probe; without it every probe is
// answered 200 with an empty body. A background probe that f does not answer with
// the expected body and a 2xx becomes the subscription's last error.
func (e *Engine) AnswerProbes(f func(sdk.Probe) sdk.ProbeResult) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = f
}

// Probes returns what was probed, oldest first.
func (e *Engine) Probes() []sdk.Probe {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.probes)
}

// Published returns what was published, oldest first.
func (e *Engine) Published() []Published {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.published)
}

// Probe implements [sdk.Engine].
func (e *Engine) Probe(_ context.Context, p sdk.Probe) (*sdk.ProbeResult, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure != nil {
		return nil, e.failure
	}
	if err := checkURL(p.URL, e.manifest.URL); err != nil {
		return nil, err
	}
	e.probes = append(e.probes, p)
	result := sdk.ProbeResult{Status: 200}
	if e.answer != nil {
		result = e.answer(p)
	}
	if !p.Background {
		return &result, nil
	}
	i, err := e.find(p.SubscriptionID)
	if err != nil {
		return nil, err
	}
	if reason := p.Failure(result); reason != "" {
		e.subs[i].LastError = &sdk.LastError{At: e.now, Message: reason}
	}
	return &sdk.ProbeResult{}, nil
}

// PublishTo implements [sdk.Engine].
func (e *Engine) PublishTo(_ context.Context, subscriptionID, eventType string, data []byte) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure != nil {
		return "", e.failure
	}
	if _, err := e.find(subscriptionID); err != nil {
		return "", err
	}
	if !json.Valid(data) {
		return "", sdk.InvalidField("/data", "must be JSON")
	}
	e.published = append(e.published, Published{SubscriptionID: subscriptionID, EventType: eventType, Data: slices.Clone(data)})
	return "event-" + strconv.Itoa(len(e.published)), nil
}
