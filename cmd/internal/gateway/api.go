package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Subscribe makes a subscription to event types through the unified API.
func (g *Gateway) Subscribe(ctx context.Context, provider, url string, events ...string) error {
	body, err := json.Marshal(map[string]any{"provider": provider, "url": url, "events": events})
	if err != nil {
		return err
	}
	return g.post(ctx, "/v1/subscriptions", "application/json", body, http.StatusCreated)
}

// Publish publishes one event in the short form.
func (g *Gateway) Publish(ctx context.Context, eventType string, data []byte) error {
	body := make([]byte, 0, len(data)+64)
	body = fmt.Appendf(body, `{"type":%q,"data":`, eventType)
	body = append(append(body, data...), '}')
	return g.post(ctx, "/v1/events", "application/json", body, http.StatusAccepted)
}

// Event is one of a batch.
type Event struct {
	ID, Type string
	// Data is JSON.
	Data []byte
}

// PublishBatch publishes CloudEvents in one request.
func (g *Gateway) PublishBatch(ctx context.Context, events []Event) error {
	body := []byte{'['}
	for i, e := range events {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"specversion":"1.0","id":%q,"source":"/bench","type":%q,"datacontenttype":"application/json","data":`, e.ID, e.Type)
		body = append(append(body, e.Data...), '}')
	}
	return g.post(ctx, "/v1/events", "application/cloudevents-batch+json", append(body, ']'), http.StatusAccepted)
}

func (g *Gateway) post(ctx context.Context, path, contentType string, body []byte, want int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	req.Header.Set("Content-Type", contentType)
	resp, err := g.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != want {
		return fmt.Errorf("the gateway answers %d to POST %s: %.200s", resp.StatusCode, path, answer)
	}
	return nil
}
