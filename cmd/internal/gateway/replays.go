package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Replay is a job that makes deliveries again, as the gateway shows it.
type Replay struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Reason string `json:"reason"`
	// Total events are in its range, of which Done were looked at.
	Total int64 `json:"total"`
	Done  int64 `json:"done"`
	// Created deliveries were made, and Failed could not be.
	Created int64 `json:"created"`
	Failed  int64 `json:"failed"`
}

// ReplayNeverSent starts a replay of the events since a time to all subscriptions
// that have no delivery of them.
func (g *Gateway) ReplayNeverSent(ctx context.Context, from time.Time) (Replay, error) {
	body, err := json.Marshal(map[string]any{"from": from, "statuses": "never_sent"})
	if err != nil {
		return Replay{}, err
	}
	return g.replay(ctx, http.MethodPost, "/v1/replays", body, http.StatusAccepted)
}

// Replay reads one.
func (g *Gateway) Replay(ctx context.Context, id string) (Replay, error) {
	return g.replay(ctx, http.MethodGet, "/v1/replays/"+id, nil, http.StatusOK)
}

func (g *Gateway) replay(ctx context.Context, method, path string, body []byte, want int) (r Replay, err error) {
	answer, err := g.send(ctx, method, path, "application/json", body, want)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		return r, fmt.Errorf("the gateway's replay is not understood: %w", err)
	}
	return r, nil
}
