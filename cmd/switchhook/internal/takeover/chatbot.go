package takeover

import (
	"context"
	"strconv"

	"github.com/switchhook/switchhook/gen/chatbot"
)

// newChatBot speaks ChatBot's API, which shows a webhook's credentials where it
// shows one by itself.
func newChatBot(s Side) (api[chatbot.Webhook], error) {
	var out api[chatbot.Webhook]
	base, err := s.base()
	if err != nil {
		return out, err
	}
	c, err := chatbot.NewClient(base, chatbot.WithHTTPClient(client()), chatbot.WithRequestEditorFn(s.authorize("Bearer", "application/json")))
	if err != nil {
		return out, err
	}
	b := &chatBotSide{c}
	return api[chatbot.Webhook]{list: b.list, describe: describeChatBot, create: b.create}, nil
}

type chatBotSide struct{ *chatbot.Client }

func (b *chatBotSide) list(ctx context.Context) ([]chatbot.Webhook, error) {
	summaries, err := decode[[]chatbot.WebhookSummary](b.ListWebhooks(ctx)) //nolint:bodyclose // decode closes it
	if err != nil {
		return nil, err
	}
	all := make([]chatbot.Webhook, len(summaries))
	for i := range summaries {
		if all[i], err = decode[chatbot.Webhook](b.GetWebhook(ctx, summaries[i].ID)); err != nil { //nolint:bodyclose // decode closes it
			return nil, err
		}
	}
	return all, nil
}

func describeChatBot(w *chatbot.Webhook) Webhook {
	out := Webhook{ID: w.ID, Title: w.Name + " " + w.URL, identity: w.Name + "\n" + w.URL}
	if w.Token != "" {
		out.Fields = append(out.Fields, Field{"token", "taken over"})
	}
	if w.Auth.Username != "" || w.Auth.Password != "" {
		out.Fields = append(out.Fields, Field{"basic authentication", "taken over"})
	}
	if len(w.Headers) > 0 {
		out.Fields = append(out.Fields, Field{"headers", strconv.Itoa(len(w.Headers))})
	}
	return out
}

func (b *chatBotSide) create(ctx context.Context, w *chatbot.Webhook, secret string) (string, error) {
	if secret == "" {
		secret = w.Token
	}
	_, err := decode[chatbot.WriteResult](b.CreateWebhook(ctx, chatbot.WebhookRequest{ //nolint:bodyclose // decode closes it
		Name: w.Name, URL: w.URL, Token: secret, Headers: w.Headers,
		Auth: chatbot.WebhookRequestAuth{Username: w.Auth.Username, Password: w.Auth.Password},
	}))
	return "", err
}
