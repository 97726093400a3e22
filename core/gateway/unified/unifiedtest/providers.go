package unifiedtest

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/switchhook/switchhook/core/gateway/unified"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// VendorDocument is the vendor's OpenAPI document.
const VendorDocument = `openapi: 3.0.3
info: { title: Vendor, version: "1" }
paths:
  /hooks:
    get:
      operationId: ListHooks
      security: [{ oauth: ["hooks:read"] }]
      responses: { "200": { description: The hooks } }
components:
  securitySchemes:
    oauth: { type: http, scheme: bearer }
`

// standard has an open catalogue and makes secrets.
func standard() sdk.Manifest {
	return sdk.Manifest{
		Provider: "standard", Title: "Standard Webhooks", Version: "1.0.0",
		OpenAPI:       []byte(`{"openapi":"3.0.3","info":{"title":"Standard","version":"1"},"paths":{}}`),
		OpenCatalogue: true, IDFormat: sdk.IDFormatUUID,
		URL:    sdk.URLPolicy{Schemes: []string{"https"}},
		Secret: sdk.SecretPolicy{Generate: true, Prefix: "whsec_", Bytes: 32, Encoding: sdk.SecretEncodingBase64, Overlap: true},
		Delivery: sdk.DeliveryPolicy{
			Timeout: 15 * time.Second, Schedule: []time.Duration{5 * time.Second, time.Minute}, MaxAttempts: 3, Jitter: 0.1,
		},
		Unavailable: &sdk.Response{Status: 503},
	}
}

// vendor has a closed catalogue, at most two subscriptions with unique names, and
// does not sign.
func vendor() sdk.Manifest {
	return sdk.Manifest{
		Provider: "vendor", Title: "Vendor", Version: "2.1.0", OpenAPI: []byte(VendorDocument),
		EventTypes: []sdk.EventType{
			{Name: "order_created", Canonical: []string{"order.created"}, Description: "An order was made."},
			{Name: "order_paid"},
		},
		Limits: []sdk.Limit{{Scope: sdk.LimitScopeAccount, Max: 2}}, UniqueName: true, IDFormat: sdk.IDFormatInteger,
		URL: sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery: sdk.DeliveryPolicy{
			Success: []sdk.StatusRange{{From: 200, To: 205}}, Timeout: 10 * time.Second,
			Schedule: []time.Duration{10 * time.Second}, Budget: 24 * time.Hour, DisableAfter: 6 * time.Hour,
		},
		Unavailable: &sdk.Response{Status: 503},
	}
}

// pluginStatus has a third provider, whose plugin was never up.
func pluginStatus() []unified.PluginStatus {
	return []unified.PluginStatus{
		{Provider: "standard", State: "up"},
		{Provider: "vendor", State: "up"},
		{Provider: "broken", State: "down", LastError: "exit status 1"},
	}
}

func checkURL(raw string) error {
	if strings.Contains(raw, "//127.") {
		return errors.New("the URL's host is this machine")
	}
	return nil
}

// Log is text that goroutines may write and read.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns what was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
