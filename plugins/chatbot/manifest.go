package chatbot

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// webhookCalled is the one native type. The vendor has no name for it: its
// requests are not typed.
const webhookCalled = "webhook_called"

// answerTimeout is how long an endpoint may take to answer.
const answerTimeout = 10 * time.Second

// Manifest implements [sdk.Adapter].
//
// Documented: ids of 24 hexadecimal digits, and ten seconds for an answer. Whether
// a call is retried is not: somebody waits for the answer in a chat, so there are
// three attempts within about a minute and none after it, and no webhook is
// disabled for its failures. A success is any 2xx.
func (a *adapter) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Provider: "chatbot",
		Title:    "ChatBot.com",
		Version:  "1.0.0",
		OpenAPI:  a.openAPI,
		EventTypes: []sdk.EventType{{
			Name: webhookCalled, Canonical: []string{"bot.webhook_called"},
			Description: "A node of a bot's story called the webhook.",
		}},
		IDFormat: sdk.IDFormatHex24,
		URL:      sdk.URLPolicy{Schemes: []string{"http", "https"}},
		Delivery: sdk.DeliveryPolicy{
			Timeout:     answerTimeout,
			Schedule:    []time.Duration{5 * time.Second, 30 * time.Second},
			MaxAttempts: 3,
			Jitter:      0.2,
		},
	}
}
