package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// probeTimeout bounds one probe.
const probeTimeout = 10 * time.Second

// Prober sends requests to subscribers; see [egress.Client].
type Prober interface {
	CheckURL(raw string) error
	Do(ctx context.Context, r egress.Request) (egress.Response, error)
}

// Publisher accepts events; see [event.Service].
type Publisher interface {
	Publish(ctx context.Context, accountID uuid.UUID, in []sdk.Event) ([]event.Accepted, error)
}

// Limits hold events that are about to be published to the account's limits; see
// [account.Service.Admit].
type Limits interface {
	Admit(ctx context.Context, accountID uuid.UUID, events []sdk.Event) (*account.Pace, error)
}

func (a *authority) Probe(ctx context.Context, p sdk.Probe) (*sdk.ProbeResult, error) {
	return call(ctx, a, func(ctx context.Context) (*sdk.ProbeResult, error) {
		if err := a.prober.CheckURL(p.URL); err != nil {
			return nil, sdk.InvalidField("/url", "%s", err)
		}
		if !p.Background {
			return a.probe(ctx, a.owner.AccountID, p), nil
		}
		sub, err := a.subscriptions.Get(ctx, a.owner.Select(p.SubscriptionID))
		if err != nil {
			return nil, err
		}
		sel, e, id := subscription.ByID(sub.AccountID, sub.ID), a.engine, RequestID(a.request)
		asked := trace.SpanFromContext(ctx)
		started := e.background.start(func(ctx context.Context) {
			failure := p.Failure(*e.probe(trace.ContextWithSpan(ctx, asked), sub.AccountID, p))
			if failure == "" {
				return
			}
			if err := e.subscriptions.NoteError(ctx, sel, failure); err != nil && !sdk.IsCode(err, sdk.CodeNotFound) {
				e.log.ErrorContext(ctx, "cannot note a failed probe", slog.String("request_id", id), slog.Any("error", err))
			}
		})
		if !started {
			return nil, &sdk.Error{Code: sdk.CodeUnavailable, Message: "Too many verifications are under way; try again shortly", RetryAfter: time.Second}
		}
		return &sdk.ProbeResult{}, nil
	})
}

func (e *engine) probe(ctx context.Context, accountID uuid.UUID, p sdk.Probe) *sdk.ProbeResult {
	timeout := probeTimeout
	if p.Timeout > 0 {
		timeout = min(p.Timeout, probeTimeout)
	}
	header := http.Header{}
	for _, h := range p.Headers {
		header.Add(h.Name, h.Value)
	}
	method := p.Method
	if method == "" {
		method = http.MethodGet
	}
	ctx, span := startProbe(ctx, accountID, method, p.URL)
	resp, err := e.prober.Do(ctx, egress.Request{Method: method, URL: p.URL, Header: header, Body: p.Body, Timeout: timeout})
	endProbe(span, resp, err)
	out := &sdk.ProbeResult{Status: resp.Status, Body: resp.Body}
	for name := range resp.Header {
		out.Headers = append(out.Headers, sdk.Header{Name: name, Value: resp.Header.Get(name)})
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

func (a *authority) PublishTo(ctx context.Context, subscriptionID, eventType string, data []byte) (string, error) {
	return call(ctx, a, func(ctx context.Context) (string, error) {
		sub, err := a.subscriptions.Get(ctx, a.owner.Select(subscriptionID))
		if err != nil {
			return "", err
		}
		to := map[string]string{subscription.AttributeWebhookID: sub.ExternalID}
		if sub.Namespace != "" {
			to[subscription.AttributeNamespace] = sub.Namespace
		}
		events := []sdk.Event{{
			Type: a.owner.Provider + "." + eventType, DataContentType: "application/json", Data: data, Extensions: to,
		}}
		if a.limits != nil {
			if _, err := a.limits.Admit(ctx, a.owner.AccountID, events); err != nil {
				return "", err
			}
		}
		accepted, err := a.events.Publish(ctx, a.owner.AccountID, events)
		if err != nil {
			return "", err
		}
		return accepted[0].ID, nil
	})
}
