package modeltest

import (
	"context"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Render implements delivery.Renderer: the body is the delivery's id.
func (w *world) Render(_ context.Context, _ string, ds []pluginhost.Delivery) ([]pluginhost.Result, error) {
	if w.dice.oneIn(w.failing(30)) {
		return nil, pluginhost.ErrUnavailable
	}
	out := make([]pluginhost.Result, len(ds))
	for i, d := range ds {
		out[i] = pluginhost.Result{Request: &sdk.Request{Method: http.MethodPost, URL: d.Subscription.URL, Body: []byte(d.ID)}}
		if w.dice.oneIn(w.failing(30)) {
			out[i] = pluginhost.Result{Err: sdk.Errorf(sdk.CodeUnavailable, "not now")}
		}
	}
	return out, nil
}

// sender is how a gateway reaches subscribers.
type sender struct{ g *gateway }

// Do implements delivery.Sender.
func (s sender) Do(ctx context.Context, r egress.Request) (egress.Response, error) {
	w, id := s.g.world, string(r.Body)
	w.begin(id, s.g)
	defer w.end(id, s.g)
	select {
	case <-time.After(w.dice.upTo(r.Timeout)):
	case <-ctx.Done():
		return egress.Response{}, ctx.Err()
	case <-s.g.crashed:
		return egress.Response{}, context.Canceled
	}
	switch {
	case w.dice.oneIn(w.failing(4)):
		return egress.Response{Status: http.StatusInternalServerError}, nil
	case w.dice.oneIn(w.failing(8)):
		return egress.Response{}, &egress.Error{Kind: egress.KindTimeout, Text: "it took too long"}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken[id] = true
	return egress.Response{Status: http.StatusOK}, nil
}

// begin looks whether another is at a delivery that was not declared dead.
func (w *world) begin(id string, g *gateway) {
	w.mu.Lock()
	other := w.attempts[id]
	w.attempts[id] = g
	w.mu.Unlock()
	if other == nil {
		return
	}
	now, err := read(w.bench.DB)
	if err != nil {
		w.wrong("read: %w", err)
		return
	}
	if now.nodes[g.node.ID] && now.nodes[other.node.ID] {
		w.wrong("promise: two are at delivery %s, one gateway: %t", id, g == other)
	}
}

func (w *world) end(id string, g *gateway) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.attempts[id] == g {
		delete(w.attempts, id)
	}
}
