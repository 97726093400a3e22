package chatbot

import (
	"fmt"
	"strings"
	"time"

	"github.com/switchhook/switchhook/gen/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// timestamp is a time in the form of the vendor's examples.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// requestedSpec reads and checks a request's body.
func requestedSpec(b *chatbot.WebhookRequest) (sdk.SubscriptionSpec, error) {
	secret, err := requestedSecret(b)
	if err != nil {
		return sdk.SubscriptionSpec{}, err
	}
	spec := sdk.SubscriptionSpec{
		Name: b.Name, URL: b.URL, EventTypes: []string{webhookCalled}, Secret: secret, Enabled: true,
		Headers: make([]sdk.Header, len(b.Headers)),
	}
	for i, h := range b.Headers {
		spec.Headers[i] = sdk.Header{Name: h.Name, Value: h.Value}
	}
	return spec, checkURLLength(&spec)
}

// summary is a webhook as the list shows it.
func summary(sub *sdk.Subscription) chatbot.WebhookSummary {
	out := chatbot.WebhookSummary{ID: sub.ID, Name: sub.Name, URL: sub.URL}
	if sub.LastError != nil {
		out.Error = errorMessage(sub.LastError)
	}
	return out
}

// errorMessage is a failure in the vendor's words, where its documentation has
// them: of an answer that took too long.
func errorMessage(e *sdk.LastError) string {
	if strings.HasPrefix(e.Message, "no complete answer after ") {
		return fmt.Sprintf("timeout of %dms exceeded", answerTimeout.Milliseconds())
	}
	return e.Message
}

// webhook is a webhook as it is shown by itself, credentials and all.
func webhook(sub *sdk.Subscription) chatbot.Webhook {
	c := readCredentials(sub.Secret)
	out := chatbot.Webhook{
		ID: sub.ID, Name: sub.Name, URL: sub.URL, Token: c.Token,
		Headers: make([]chatbot.WebhookHeader, len(sub.Headers)),
		Auth:    chatbot.WebhookAuth{Username: c.Username, Password: c.Password},
	}
	for i, h := range sub.Headers {
		out.Headers[i] = chatbot.WebhookHeader{Name: h.Name, Value: h.Value}
	}
	if e := sub.LastError; e != nil {
		date, message := timestamp(e.At), errorMessage(e)
		out.Error = chatbot.WebhookError{Date: &date, Message: &message}
	}
	return out
}
