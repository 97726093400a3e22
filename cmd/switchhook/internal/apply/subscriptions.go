package apply

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

const (
	defaultProvider = "standard"
	contentType     = "application/json"
)

var subscriptions = &kind{
	member: Subscriptions, one: "subscription",
	takes:  sync.OnceValues(func() (*openapi3.Schema, error) { return schema("NewSubscription") }),
	shows:  sync.OnceValues(func() (*openapi3.Schema, error) { return schema("Subscription") }),
	of:     func(m map[string]any) fmt.Stringer { return identity(m) },
	needs:  "url",
	naming: []string{"provider", "namespace", "name"},
	order:  []string{"name", "provider", "namespace", "url", "events"},
	page: func(ctx context.Context, c *switchhook.Client, limit int, cursor *string) (*http.Response, error) {
		return c.ListSubscriptions(ctx, &switchhook.ListSubscriptionsParams{Limit: &limit, Cursor: cursor})
	},
	create: createSubscription,
	update: updateSubscription,
	remove: func(current map[string]any) change {
		return func(ctx context.Context, c *switchhook.Client) (string, error) {
			id, err := subscriptionID(current)
			if err != nil {
				return "", err
			}
			return "", gone(answer.Read(c.DeleteSubscription(ctx, id)))
		}
	},
}

// Identity tells subscriptions of an account apart: provider, namespace and name;
// the URL where there is no name, as some vendors' subscriptions have none.
type Identity struct{ Provider, Namespace, Name, URL string }

// String is how a subscription is called in a plan.
func (i Identity) String() string {
	parts := []string{i.Provider}
	if i.Namespace != "" {
		parts = append(parts, i.Namespace)
	}
	if i.Name != "" {
		return strings.Join(append(parts, i.Name), "/")
	}
	return strings.Join(parts, "/") + " " + i.URL
}

func identity(m map[string]any) Identity {
	i := Identity{Provider: text(m["provider"]), Namespace: text(m["namespace"]), Name: text(m["name"])}
	if i.Provider == "" {
		i.Provider = defaultProvider
	}
	if i.Name == "" {
		i.URL = text(m["url"])
	}
	return i
}

// createSubscription makes the subscription; a secret that the gateway made is
// shown now or never.
func createSubscription(d *Declared) change {
	return func(ctx context.Context, c *switchhook.Client) (string, error) {
		body, err := jsondata.Marshal(d.members)
		if err != nil {
			return "", err
		}
		text, err := answer.Read(c.CreateSubscriptionWithBody(ctx, contentType, bytes.NewReader(body)))
		if err != nil {
			return "", err
		}
		made, err := answer.Decode[switchhook.SubscriptionWithSecret](text)
		if err != nil {
			return "", err
		}
		note := " " + made.ID.String()
		if d.members["secret"] == nil && made.Secret != nil && *made.Secret != "" {
			note += ", its secret (shown once): " + Line(*made.Secret)
		}
		return note, nil
	}
}

// updateSubscription changes it in the state that the plan was made for.
func updateSubscription(_ *Declared, current, body map[string]any) change {
	return func(ctx context.Context, c *switchhook.Client) (string, error) {
		id, err := subscriptionID(current)
		if err != nil {
			return "", err
		}
		text, err := jsondata.Marshal(body)
		if err != nil {
			return "", err
		}
		tag, err := unchanged(current, func() (*http.Response, error) { return c.GetSubscription(ctx, id) })
		if err != nil {
			return "", err
		}
		params := &switchhook.UpdateSubscriptionParams{IfMatch: tag}
		_, err = answer.Read(c.UpdateSubscriptionWithBody(ctx, id, params, contentType, bytes.NewReader(text)))
		return "", err
	}
}

func subscriptionID(current map[string]any) (uuid.UUID, error) {
	id, err := uuid.Parse(text(current["id"]))
	if err != nil {
		return id, fmt.Errorf("read the answer: %w", err)
	}
	return id, nil
}
