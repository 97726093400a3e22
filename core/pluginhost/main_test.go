package pluginhost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	modeVariable    = "PLUGINHOST_TEST_MODE"
	gatewayVariable = "PLUGINHOST_TEST_GATEWAY"
)

// TestMain makes the test binary its own plugin, as the gateway's is.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(sdk.Handshake.MagicCookieKey) != "":
		if os.Getenv(modeVariable) == "panic" {
			panic("boom at start")
		}
		sdk.Serve(processAdapter{mode: os.Getenv(modeVariable)})
		return
	case os.Getenv(gatewayVariable) != "":
		runGateway()
		return
	}
	_ = os.Setenv("SWITCHHOOK_ADMIN_KEY", "secret of the gateway")
	_ = os.Setenv("OTEL_TEST_VARIABLE", "passed on")
	goleak.VerifyTestMain(m)
}

// runGateway is a gateway to be killed: it prints its plugin's process id and
// waits for ever.
func runGateway() {
	h, err := New(Config{Plugins: []Plugin{{Provider: "test"}}, Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		h.Start(context.Background())
		err = h.WaitReady(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(h.Status()[0].PID)
	select {}
}

const document = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/x":{"get":{"responses":{"200":{"description":"ok"}}}}}}`

func testManifest() sdk.Manifest {
	return sdk.Manifest{
		Provider: "test", Version: "1.2.3", OpenAPI: []byte(document), OpenCatalogue: true, IDFormat: sdk.IDFormatUUID,
		URL:      sdk.URLPolicy{Schemes: []string{"https"}},
		Delivery: sdk.DeliveryPolicy{Timeout: time.Second, MaxAttempts: 1},
	}
}

// processAdapter is the adapter of the test binary.
type processAdapter struct{ mode string }

func (a processAdapter) Manifest() sdk.Manifest {
	m := testManifest()
	switch a.mode {
	case "manifest":
		m.OpenAPI, m.IDFormat = []byte("openapi: 3.1.0"), 0
	case "name":
		m.Provider = "other"
	}
	return m
}

func (a processAdapter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/env", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Join(os.Environ(), "\n"))) })
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("in the handler") })
	mux.HandleFunc("/exit", func(http.ResponseWriter, *http.Request) { go func() { panic("outside the handler") }(); select {} })
	mux.HandleFunc("/hang", func(http.ResponseWriter, *http.Request) { select {} })
	mux.HandleFunc("/log", func(http.ResponseWriter, *http.Request) { fmt.Fprintln(os.Stderr, "a line of the adapter") })
	mux.HandleFunc("/subscription", func(w http.ResponseWriter, r *http.Request) {
		sub, err := sdk.EngineFrom(r.Context()).GetSubscription(r.Context(), r.URL.Query().Get("id"))
		if err != nil {
			a.EncodeError(w, r, sdk.AsError(err))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"url": sub.URL})
	})
	return mux
}

func (a processAdapter) EncodeError(w http.ResponseWriter, _ *http.Request, err *sdk.Error) {
	w.Header().Set("X-Vendor", "yes")
	w.WriteHeader(err.Code.Status())
	_, _ = w.Write([]byte("vendor says " + err.Code.String()))
}

func (a processAdapter) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	switch d.EventType {
	case "exit":
		os.Exit(3)
	case "hang":
		select {}
	case "refuse":
		return nil, errors.New("no")
	}
	body, err := d.SharedBody(func() ([]byte, error) { return d.Event.Data, nil })
	return &sdk.Request{Body: body, Headers: []sdk.Header{{Name: "X-Signature", Value: d.Subscription.Secret.Reveal()}}}, err
}
