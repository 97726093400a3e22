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
const maxAnswer = 8 << 20

// Subscribe makes a subscription to event types through the unified API.
func (g *Gateway) Subscribe(ctx context.Context, provider, url string, events ...string) error {
	body, err := json.Marshal(map[string]any{"provider": provider, "url": url, "events": events})
	if err != nil {
		return err
	}
	_, err = g.send(ctx, http.MethodPost, "/v1/subscriptions", "application/json", body, http.StatusCreated)
	return err
}

// Event is one to be published.
type Event struct {
	// ID may be empty, but for one of a batch.
	ID, Type string
	// Data is JSON.
	Data []byte
}

// source of events that have an id.
const source = "/load"

func (e Event) short() []byte {
	body := make([]byte, 0, len(e.Data)+128)
	body = append(body, '{')
	if e.ID != "" {
		body = fmt.Appendf(body, `"id":%q,"source":%q,`, e.ID, source)
	}
	body = fmt.Appendf(body, `"type":%q,"data":`, e.Type)
	return append(append(body, e.Data...), '}')
}

// Publish publishes one event in the short form.
func (g *Gateway) Publish(ctx context.Context, e Event) error {
	_, err := g.send(ctx, http.MethodPost, "/v1/events", "application/json", e.short(), http.StatusAccepted)
	return err
}

// Accepted is the answer to an event that was published.
type Accepted struct {
	// ID is the gateway's id of the event.
	ID string `json:"id"`
	// Duplicate tells that it had been accepted before.
	Duplicate bool `json:"duplicate"`
}

// Accept publishes as [Gateway.Publish] does and reads the answer.
func (g *Gateway) Accept(ctx context.Context, e Event) (a Accepted, err error) {
	answer, err := g.send(ctx, http.MethodPost, "/v1/events", "application/json", e.short(), http.StatusAccepted)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(answer, &a); err != nil || a.ID == "" {
		return a, fmt.Errorf("the gateway's answer to an event is not understood: %.200s", answer)
	}
	return a, nil
}

// PublishBatch publishes CloudEvents in one request.
func (g *Gateway) PublishBatch(ctx context.Context, events []Event) error {
	body := []byte{'['}
	for i, e := range events {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"specversion":"1.0","id":%q,"source":%q,"type":%q,"datacontenttype":"application/json","data":`, e.ID, source, e.Type)
		body = append(append(body, e.Data...), '}')
	}
	_, err := g.send(ctx, http.MethodPost, "/v1/events", "application/cloudevents-batch+json", append(body, ']'), http.StatusAccepted)
	return err
}

// RefusedError is an answer other than the wanted one.
type RefusedError struct {
	Method, Path string
	Status       int
	// ContentType, RetryAfter and Body are the answer's.
	ContentType, RetryAfter string
	Body                    []byte
}

// Error implements error.
func (r *RefusedError) Error() string {
	return fmt.Sprintf("the gateway answers %d to %s %s: %.200s", r.Status, r.Method, r.Path, r.Body)
}

// send sends a request and returns the answer's body. Errors: [*RefusedError].
func (g *Gateway) send(ctx context.Context, method, path, contentType string, body []byte, want int) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, g.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		return nil, &RefusedError{
			Method: method, Path: path, Status: resp.StatusCode,
			ContentType: resp.Header.Get("Content-Type"), RetryAfter: resp.Header.Get("Retry-After"), Body: answer,
		}
	}
	return answer, nil
}
