package takeover

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/gen/bird"
)

const unsigned = "the vendor's API does not show it: deliveries are not signed unless --secrets names it"

// newBird speaks Bird's Notifications API for one workspace.
func newBird(s Side) (api[bird.WebhookSubscription], error) {
	var out api[bird.WebhookSubscription]
	base, err := s.base()
	if err != nil {
		return out, err
	}
	if s.Workspace == "" {
		return out, errors.New("webhooks of Bird belong to a workspace: name it with --workspace")
	}
	c, err := bird.NewClient(base, bird.WithHTTPClient(client()), bird.WithRequestEditorFn(s.authorize("AccessKey", "application/json")))
	if err != nil {
		return out, err
	}
	b := &birdSide{Client: c, workspace: s.Workspace, organization: s.Organization}
	return api[bird.WebhookSubscription]{list: b.list, describe: describeBird, create: b.create}, nil
}

type birdSide struct {
	*bird.Client
	workspace, organization string
}

func (b *birdSide) list(ctx context.Context) (all []bird.WebhookSubscription, err error) {
	limit := 50
	params := bird.ListWebhookSubscriptionsParams{Limit: &limit}
	for range maxPages {
		var page bird.WebhookSubscriptionList
		if b.organization != "" {
			page, err = decode[bird.WebhookSubscriptionList](b.ListWebhookSubscriptions(ctx, b.organization, b.workspace, &params)) //nolint:bodyclose // decode closes it
		} else {
			of := bird.ListWorkspaceWebhookSubscriptionsParams(params)
			page, err = decode[bird.WebhookSubscriptionList](b.ListWorkspaceWebhookSubscriptions(ctx, b.workspace, &of)) //nolint:bodyclose // decode closes it
		}
		if err != nil {
			return nil, err
		}
		all = append(all, page.Results...)
		if page.NextPageToken == nil || *page.NextPageToken == "" {
			return all, nil
		}
		params.PageToken = page.NextPageToken
	}
	return nil, errors.New("the list has no end")
}

func describeBird(w *bird.WebhookSubscription) Webhook {
	out := Webhook{ID: w.ID, Title: w.Event + " " + w.URL, Unsigned: unsigned}
	out.Fields = []Field{{"service", string(w.Service)}}
	var filters []string
	if w.EventFilters != nil {
		for _, f := range *w.EventFilters {
			filters = append(filters, f.Key+"="+f.Value)
		}
	}
	if len(filters) > 0 {
		out.Fields = append(out.Fields, Field{"filters", strings.Join(filters, ", ")})
	}
	if w.Template != nil && *w.Template != "" {
		out.Fields = append(out.Fields, Field{"template", *w.Template})
	}
	if w.Status == bird.Inactive {
		out.Fields = append(out.Fields, Field{"status", string(w.Status)})
	}
	slices.Sort(filters)
	out.identity = strings.Join(append([]string{string(w.Service), w.Event, w.URL}, filters...), "\n")
	return out
}

// create makes an inactive one in two steps: the first has no status. The path
// names the organization that the vendor shows, so that it is shown here too.
func (b *birdSide) create(ctx context.Context, w *bird.WebhookSubscription, secret string) (string, error) {
	body := bird.CreateWebhookSubscriptionRequest{
		Service: w.Service, Event: w.Event, URL: w.URL, EventFilters: w.EventFilters, Template: w.Template,
	}
	if secret != "" {
		body.SigningKey = &secret
	}
	made, err := decode[bird.WebhookSubscription](b.CreateWebhookSubscription(ctx, w.OrganizationID, b.workspace, body)) //nolint:bodyclose // decode closes it
	if err != nil || w.Status != bird.Inactive {
		return "", err
	}
	patch := bird.UpdateWebhookSubscriptionRequest{Status: &w.Status}
	_, err = decode[bird.WebhookSubscription](b.UpdateWebhookSubscription(ctx, w.OrganizationID, b.workspace, made.ID, patch)) //nolint:bodyclose // decode closes it
	return "", err
}
