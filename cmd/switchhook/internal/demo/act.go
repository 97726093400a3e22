package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/gateway/dashboard"
	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
)

// actTimeout bounds each step of an act.
const actTimeout = 15 * time.Second

// act shows one vendor.
func (s *stage) act(ctx context.Context, v vendor) error {
	s.out.title("%s", v.title)
	secret, err := s.subscribe(ctx, v)
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	id, err := s.publish(ctx, v)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	d, err := s.receive(ctx, v)
	if err != nil {
		return err
	}
	s.out.delivery(d)
	how, err := v.verify(secret, d)
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	s.out.ok("signature verified", how)
	if err := s.trace(ctx, id, d); err != nil {
		return err
	}
	return s.page(ctx, v, id)
}

// subscribe sends the vendor's documented request and returns the secret that
// deliveries are signed with.
func (s *stage) subscribe(ctx context.Context, v vendor) (secret string, err error) {
	header := http.Header{"Authorization": {strings.TrimSpace(v.authWord + " " + s.key)}}
	for _, h := range v.header {
		header.Set(h[0], h[1])
	}
	shown := append([][2]string{{"Authorization", strings.TrimSpace(v.authWord + " <the operator key>")}}, v.header...)
	s.out.request("The request of the vendor's documentation", v.method, v.path, shown, v.body)
	answer, err := s.call(ctx, v.method, v.path, header, v.body)
	if err != nil {
		return "", err
	}
	s.out.answer(answer.status, answer.body)
	if !v.rotate {
		return v.secretOf(answer.body)
	}
	return s.rotate(ctx, v)
}

// rotate generates the secret through the unified API.
func (s *stage) rotate(ctx context.Context, v vendor) (string, error) {
	list, err := s.unified(ctx, "GET", "/v1/subscriptions?provider="+v.provider, "")
	if err != nil {
		return "", err
	}
	var subs struct {
		Items []struct{ ID string }
	}
	if err := json.Unmarshal(list.body, &subs); err != nil || len(subs.Items) != 1 {
		return "", fmt.Errorf("expected one subscription, got %s", list.body)
	}
	path := "/v1/subscriptions/" + subs.Items[0].ID + "/secret"
	s.out.request("The vendor makes signing secrets in its dashboard; here the unified API does", "POST", path, nil, "")
	answer, err := s.unified(ctx, "POST", path, "")
	if err != nil {
		return "", err
	}
	s.out.answer(answer.status, answer.body)
	return secretField(answer.body)
}

// publish publishes the vendor's canonical event and returns its id.
func (s *stage) publish(ctx context.Context, v vendor) (string, error) {
	body := fmt.Sprintf(`{"type":%q,%s"data":%s}`, v.eventType, v.attributes, v.data)
	s.out.request("The platform publishes a canonical event", "POST", "/v1/events", [][2]string{{"Content-Type", "application/json"}}, body)
	answer, err := s.unified(ctx, "POST", "/v1/events", body)
	if err != nil {
		return "", err
	}
	s.out.answer(answer.status, answer.body)
	var accepted struct{ ID string }
	if err := json.Unmarshal(answer.body, &accepted); err != nil || accepted.ID == "" {
		return "", errors.New("the answer has no id")
	}
	return accepted.ID, nil
}

// receive waits for the delivery to the vendor's endpoint. The event may reach
// subscriptions of earlier vendors too.
func (s *stage) receive(ctx context.Context, v vendor) (delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	host, _, err := net.SplitHostPort(v.endpoint)
	if err != nil {
		return delivery{}, err
	}
	for {
		select {
		case d := <-s.receiver.got:
			if d.Host == host {
				return d, nil
			}
		case <-ctx.Done():
			return delivery{}, fmt.Errorf("no delivery came within %s", actTimeout)
		}
	}
}

// trace waits until the trace of the delivery is complete and shows it.
func (s *stage) trace(ctx context.Context, eventID string, d delivery) error {
	const start, end = 3, 35 // of the trace id in a traceparent
	parent := d.Header.Get("Traceparent")
	if len(parent) < end {
		return fmt.Errorf("the delivery of %s has no traceparent", eventID)
	}
	id := parent[start:end]
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	_, err := s.sink.WaitFor(ctx, id, func(spans []otlpsink.Span) bool {
		names := make([]string, len(spans))
		for i, span := range spans {
			names[i] = span.Name
		}
		all := strings.Join(names, "\n")
		for _, want := range []string{"publish ", "match", "render", "adapter render", "attempt ", "record"} {
			if !strings.Contains(all, want) {
				return false
			}
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("trace %s is not complete: %w", id, err)
	}
	s.out.trace(id, s.sink.Tree(id))
	return nil
}

// page waits until the delivery is recorded and tells where the dashboard shows it,
// unless that ends with the show.
func (s *stage) page(ctx context.Context, v vendor, eventID string) error {
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		list, err := s.unified(ctx, "GET", "/v1/deliveries?event_id="+eventID+"&provider="+v.provider, "")
		if err != nil {
			return err
		}
		var found struct {
			Items []struct{ ID string }
		}
		if err := json.Unmarshal(list.body, &found); err != nil {
			return fmt.Errorf("read the deliveries of %s: %w", eventID, err)
		}
		if len(found.Items) > 0 {
			if s.opts.Once {
				return nil
			}
			s.out.page(s.base + dashboard.Path + "/deliveries/" + found.Items[0].ID)
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("the delivery of %s was not recorded within %s", eventID, actTimeout)
		}
	}
}

// response is an answer of the gateway.
type response struct {
	status int
	body   []byte
}

func (s *stage) unified(ctx context.Context, method, path, body string) (response, error) {
	header := http.Header{"Authorization": {"Bearer " + s.key}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return s.call(ctx, method, path, header, body)
}

// call sends a request; an answer that is no success is an error.
func (s *stage) call(ctx context.Context, method, path string, header http.Header, body string) (response, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	req.Header = header
	resp, err := s.http.Do(req)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxDelivery))
	if err != nil {
		return response{}, err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return response{}, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, bytes.TrimSpace(answer))
	}
	return response{status: resp.StatusCode, body: answer}, nil
}
