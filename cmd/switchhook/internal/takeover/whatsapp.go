package takeover

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/gen/whatsapp"
)

// newWhatsApp speaks the API of the WhatsApp gateway for one device, whose token
// it is.
func newWhatsApp(s Side) (api[whatsapp.Webhook], error) {
	var out api[whatsapp.Webhook]
	base, err := s.base()
	if err != nil {
		return out, err
	}
	c, err := whatsapp.NewClient(base, whatsapp.WithHTTPClient(client()), whatsapp.WithRequestEditorFn(s.authorize("Bearer", "application/json")))
	if err != nil {
		return out, err
	}
	w := &whatsAppSide{c}
	return api[whatsapp.Webhook]{list: w.list, describe: describeWhatsApp, create: w.create}, nil
}

type whatsAppSide struct{ *whatsapp.Client }

func (c *whatsAppSide) list(ctx context.Context) ([]whatsapp.Webhook, error) {
	all, err := decode[whatsapp.WebhookListResponse](c.ListWebhooks(ctx)) //nolint:bodyclose // decode closes it
	return all.Data, err
}

func describeWhatsApp(w *whatsapp.Webhook) Webhook {
	names := "all"
	if len(w.Events) > 0 {
		names = strings.Join(w.Events, ", ")
	}
	return Webhook{
		ID: strconv.FormatInt(w.ID, 10), Title: w.URL, identity: w.URL + "\n" + strings.Join(slices.Sorted(slices.Values(w.Events)), "\n"),
		Fields: []Field{{"events", names}, {"active", onOff(w.Active)}}, Unsigned: unsigned,
	}
}

// create makes an inactive one in two steps: the first makes it active.
func (c *whatsAppSide) create(ctx context.Context, w *whatsapp.Webhook, secret string) (string, error) {
	body := whatsapp.CreateWebhookRequest{URL: w.URL, Events: &w.Events}
	if secret != "" {
		body.Secret = &secret
	}
	made, err := decode[whatsapp.WebhookResponse](c.CreateWebhook(ctx, body)) //nolint:bodyclose // decode closes it
	if err != nil || w.Active {
		return "", err
	}
	id := strconv.FormatInt(made.Data.ID, 10)
	_, err = decode[whatsapp.WebhookResponse](c.UpdateWebhook(ctx, id, whatsapp.UpdateWebhookRequest{Active: &w.Active})) //nolint:bodyclose // decode closes it
	return "", err
}
