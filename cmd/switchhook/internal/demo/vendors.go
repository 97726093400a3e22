package demo

// vendor is one act of the demo: a subscription made as the vendor documents it,
// and one canonical event that reaches it in the vendor's shape.
type vendor struct {
	title    string
	provider string
	// method, path, header and body are the request of the vendor's own
	// documentation, host and token aside.
	method, path, body string
	header             [][2]string
	// authWord stands before the key in the Authorization header.
	authWord string
	// endpoint is the host and port of the subscriber's URL in that request.
	endpoint string
	// attributes of the event, as further members of the short form.
	attributes string
	// rotate: the vendor has its signing secrets in a dashboard, so one is
	// generated through the unified API.
	rotate bool
	// secretOf finds in the answer what verify needs; nil where rotate is set.
	secretOf func(answer []byte) (string, error)
	// eventType and data are published.
	eventType, data string
	// verify checks a delivery as the vendor's documentation tells its customers to.
	verify func(secret string, d delivery) (how string, err error)
}

// vendors in the order of the demo.
func vendors() []vendor {
	return []vendor{
		{
			title:    "Callbell",
			provider: "callbell",
			method:   "POST",
			path:     "/callbell/v1/webhooks/subscribe",
			authWord: "Bearer",
			header:   [][2]string{{"Content-Type", "application/json"}},
			body: `{
"url": "https://my-app.com/my-webhook-endpoint",
"subscriptions": ["message_created", "contact_created"]
}`,
			endpoint:  "my-app.com:443",
			rotate:    true,
			eventType: "message.received",
			data: `{"id":"adf3d1216d4c4dcd908199d6700f2381","from":"331122334455","to":"335544332211","text":"Hello",` +
				`"channel":"whatsapp","created_at":"2022-10-18T12:06:29.000+02:00",` +
				`"contact":{"id":"eb2b914a977e4ab896e7b886698b3eac","name":"John Doe","phone_number":"331122334455",` +
				`"source":"whatsapp","tags":["Lead"],"created_at":"2022-10-12T15:57:16Z"}}`,
			verify: verifyCallbell,
		},
		{
			title:    "Vonage Contact Center",
			provider: "vonage",
			method:   "POST",
			path:     "/vonage/webhooks/subscriptions",
			authWord: "bearer",
			header:   [][2]string{{"Accept", "application/vnd.newvoicemedia.v1+json"}},
			body: `{
    "name": "WebhookTest1",
    "url": "https://your-application.com/abc/123",
    "events": [
        "agent.presencechanged.v0"
    ],
    "enabled": true,
    "secret": "OFd4WHqXISxMAgoYneiFhgdGrOgYeToYPN3HjIO4xAxDvWd/oIKTW1P4A6GLXN0McDGlLtnTn1KCGCa+W5Gu="
}`,
			endpoint:  "your-application.com:443",
			secretOf:  secretField,
			eventType: "agent.presence_changed",
			data: `{"agent":{"id":"1","user_id":"e56a3bb6-38a8-4b5f-9d5f-1a2a1c8c5a4d","name":"John Doe","email":"john.doe@example.com"},` +
				`"presence":{"id":"3bf05984-30b2-4a4c-8a3b-6e7cf1f1d9a1","name":"Ready (Outbound)",` +
				`"category":{"type":"ready","name":"Ready","subcategory":"readyOutbound"}},"occurred_at":"2023-09-20T09:49:05.9464952Z"}`,
			verify: verifyVonage,
		},
		{
			title:    "ChatBot",
			provider: "chatbot",
			method:   "POST",
			path:     "/chatbot/webhooks",
			authWord: "Bearer",
			header:   [][2]string{{"Content-Type", "application/json"}},
			body: `{
"name": "Webhook name",
"url": "https://example.com",
"token": "",
"headers": [],
"auth": {}
}`,
			endpoint:  "example.com:443",
			secretOf:  idField,
			eventType: "bot.webhook_called",
			data: `{"chat_id":"602313f0","message_id":"5a7fb3e1-8452-4aee-a7a9-2f0edaeb8e42","user_id":"u1",` +
				`"node":{"id":"4b0d6bea","name":"foo bar"},` +
				`"user_attributes":{"default_name":"User","default_email":"me@example.com"},"attributes":{"foo":"bar","baz":""}}`,
			verify: verifyChatbot,
		},
		{
			title:    "Bird",
			provider: "bird",
			method:   "POST",
			path:     "/bird/organizations/823fbfaf-f14e-4693-b55a-8ec1c17d649e/workspaces/a1405560-c8d3-4b1a-877d-3f449ad95352/webhook-subscriptions",
			authWord: "AccessKey",
			header:   [][2]string{{"Content-Type", "application/json"}},
			body: `{
  "service": "channels",
  "event": "sms.outbound",
  "url": "https://example.com/webhook",
  "signingKey": "KeV+/HGoIQrxuE5YPCRR6AuQOJveldYNNhbVi1i22qk=",
  "eventFilters": [
    {
      "key": "channelId",
      "value": "8e4c1b3a-54f8-4a0c-9b2a-6f2a51f0e7d3"
    }
  ]
}`,
			endpoint:   "example.com:443",
			secretOf:   signingKeyField,
			attributes: `"platform":"sms",`,
			eventType:  "message.sent",
			data: `{"id":"adf3d1216d4c4dcd908199d6700f2381","from":"331122334455","to":"335544332211","text":"Hello",` +
				`"channel":"sms","channel_id":"8e4c1b3a-54f8-4a0c-9b2a-6f2a51f0e7d3","created_at":"2022-10-18T12:06:29Z","contact":{"id":"eb2b914a977e4ab896e7b886698b3eac","name":"John Doe"}}`,
			verify: verifyBird,
		},
		{
			title:    "WhatsApp gateway",
			provider: "whatsapp",
			method:   "POST",
			path:     "/whatsapp/webhooks",
			header:   [][2]string{{"Content-Type", "application/json"}},
			body:     `{"url":"https://your-server.com/webhook","secret":"string","events":["message.received","connection.connected"]}`,
			endpoint: "your-server.com:443",
			secretOf: func([]byte) (string, error) { return "string", nil },

			attributes: `"deviceid":"abc123def456-ghi789",`,
			eventType:  "message.received",
			data: `{"id":"3EB0ABC123DEF456789","from":"6281234567890","to":"6289876543210","text":"Hello","channel":"whatsapp",` +
				`"created_at":"2023-12-09T13:37:04Z","contact":{"id":"c1","name":"John Doe","phone_number":"6281234567890"}}`,
			verify: verifyWhatsapp,
		},
	}
}
