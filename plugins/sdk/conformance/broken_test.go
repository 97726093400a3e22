package conformance_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// faultVariable names the one fault of the adapter that this binary then is.
const faultVariable = "CONFORMANCE_TEST_FAULT"

// TestMain makes the test binary the adapters that the tests check.
func TestMain(m *testing.M) {
	fault := os.Getenv(faultVariable)
	switch {
	case fault == "no plugin":
		fmt.Println("hello")
	case fault == "ends at start":
		panic("no configuration")
	case os.Getenv(sdk.Handshake.MagicCookieKey) != "":
		sdk.Serve(acme{fault})
	default:
		os.Exit(m.Run())
	}
}

//go:embed testdata/acme.yaml
var acmeDocument []byte

// acme is an adapter without a fault, or with one.
type acme struct{ fault string }

var _ sdk.Adapter = acme{}

// has tells whether the adapter has a fault.
func (a acme) has(fault string) bool { return a.fault == fault }

// Manifest implements [sdk.Adapter].
func (a acme) Manifest() sdk.Manifest {
	m := sdk.Manifest{
		Provider: "acme", Version: "1.2.3", OpenAPI: acmeDocument,
		EventTypes: []sdk.EventType{
			{Name: "{platform}.message", Canonical: []string{"message.received", "message.sent"}},
			{Name: "call.inbound", Canonical: []string{"call.ended"}, When: []sdk.Filter{{Key: "/direction", Value: "inbound"}}},
			{Name: "ping"},
		},
		Limits: []sdk.Limit{{Scope: sdk.LimitScopeAccount, Max: 3}}, UniqueName: true, IDFormat: sdk.IDFormatHex24,
		URL:      sdk.URLPolicy{Schemes: []string{"https"}, Pattern: `https://hooks\.example\.com/.*`},
		Secret:   sdk.SecretPolicy{Generate: true, Bytes: 32, Encoding: sdk.SecretEncodingHex},
		Delivery: sdk.DeliveryPolicy{Timeout: time.Second, MaxAttempts: 1},
	}
	switch a.fault {
	case "manifest":
		m.Delivery.Timeout, m.IDFormat = 0, 0
	case "url":
		m.URL.Pattern = "https://nobody"
	case "one signature":
		m.Secret.Overlap = true
	case "unknown canonical":
		m.EventTypes = append(m.EventTypes, sdk.EventType{Name: "other", Canonical: []string{"acme.special"}})
	}
	return m
}

// hook is a subscription as the vendor shows it.
type hook struct {
	ID   string `json:"hook_id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url"`
}

func (a acme) hook(s *sdk.Subscription) hook {
	h := hook{ID: s.ID, Name: s.Name, URL: s.URL}
	switch a.fault {
	case "id":
		h.ID = "hook-" + s.ID
	case "answer":
		h.Name = ""
	}
	return h
}

// Handler implements [sdk.Adapter].
func (a acme) Handler() http.Handler {
	router := envelope.NewRouter(a)
	router.Post("/hooks", a.create)
	router.Get("/hooks", a.list)
	router.Get("/hooks/{hook_id}", a.get)
	if !a.has("unrouted") {
		router.Delete("/hooks/{hook_id}", a.remove)
	}
	return router
}

func (a acme) create(w http.ResponseWriter, r *http.Request) {
	ctx, engine := r.Context(), sdk.EngineFrom(r.Context())
	b, _ := io.ReadAll(r.Body)
	if string(b) == "null" {
		switch a.fault {
		case "crash":
			os.Exit(3)
		case "panic":
			panic("no body")
		}
	}
	var in struct{ Name, URL string }
	if err := json.Unmarshal(b, &in); err != nil {
		a.EncodeError(w, r, envelope.BadBody(err))
		return
	}
	if list, err := engine.ListSubscriptions(ctx, 0, ""); a.has("counts itself") && err == nil && len(list.Subscriptions) >= 2 {
		a.EncodeError(w, r, sdk.Errorf(sdk.CodeLimit, "Enough"))
		return
	}
	spec := sdk.SubscriptionSpec{Name: in.Name, URL: in.URL, Enabled: true}
	sub, err := engine.CreateSubscription(ctx, spec)
	for i := 2; sdk.IsCode(err, sdk.CodeConflict) && a.has("renames") && i < 20; i++ {
		spec.Name = in.Name + strconv.Itoa(i)
		sub, err = engine.CreateSubscription(ctx, spec)
	}
	switch {
	case a.has("lies") && sdk.IsCode(err, sdk.CodeLimit):
		sub = &sdk.Subscription{ID: "ffffffffffffffffffffffff", SubscriptionSpec: spec}
	case a.has("hides limits") && sdk.IsCode(err, sdk.CodeLimit):
		a.EncodeError(w, r, sdk.Errorf(sdk.CodeInternal, "Internal error"))
		return
	case err != nil:
		if a.has("exits when cancelled") && errors.Is(ctx.Err(), context.Canceled) {
			os.Exit(4)
		}
		a.EncodeError(w, r, sdk.AsError(err))
		return
	}
	envelope.Write(w, http.StatusCreated, "application/json", a.hook(sub))
}

func (a acme) list(w http.ResponseWriter, r *http.Request) {
	if a.has("hangs") {
		select {}
	}
	list, err := sdk.EngineFrom(r.Context()).ListSubscriptions(r.Context(), 0, "")
	if err != nil {
		a.EncodeError(w, r, sdk.AsError(err))
		return
	}
	out := []hook{}
	for i := range list.Subscriptions {
		out = append(out, a.hook(&list.Subscriptions[i]))
	}
	envelope.Write(w, http.StatusOK, "application/json", out)
}

func (a acme) get(w http.ResponseWriter, r *http.Request) {
	if a.has("crash at work") {
		os.Exit(5)
	}
	sub, err := sdk.EngineFrom(r.Context()).GetSubscription(r.Context(), r.URL.Path[len("/hooks/"):])
	if err != nil {
		a.EncodeError(w, r, sdk.AsError(err))
		return
	}
	if a.has("undescribed status") {
		envelope.Write(w, http.StatusTeapot, "application/json", a.hook(sub))
		return
	}
	envelope.Write(w, http.StatusOK, "application/json", a.hook(sub))
}

func (a acme) remove(w http.ResponseWriter, r *http.Request) {
	if _, err := sdk.EngineFrom(r.Context()).DeleteSubscription(r.Context(), r.URL.Path[len("/hooks/"):]); err != nil {
		a.EncodeError(w, r, sdk.AsError(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// EncodeError implements [sdk.Adapter].
func (a acme) EncodeError(w http.ResponseWriter, _ *http.Request, err *sdk.Error) {
	status := err.Code.Status()
	switch {
	case a.has("envelope") && err.Code == sdk.CodeTooLarge:
		http.Error(w, "too large", status)
		return
	case a.has("undescribed envelope") && err.Code == sdk.CodeNotAcceptable:
		envelope.Write(w, status, "application/json", map[string]string{"message": err.Message})
		return
	case a.has("failure is success") && err.Code == sdk.CodeDenied:
		status = http.StatusOK
	case a.has("wrong side") && err.Code == sdk.CodeInternal:
		status = http.StatusBadRequest
	}
	envelope.SetHeaders(w.Header(), err)
	envelope.Write(w, status, "application/json", map[string]string{"error": envelope.Sentence(err, nil)})
}

// Render implements [sdk.Adapter].
func (a acme) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	build := func() ([]byte, error) { return a.body(d) }
	body, err := d.SharedBody(build)
	if a.has("not shared") {
		body, err = build()
	}
	if err != nil {
		return nil, err
	}
	return &sdk.Request{Body: body, URL: a.target(d), Headers: append(a.signature(d, body), sdk.Header{Name: "Content-Type", Value: "application/json"})}, nil
}

func (a acme) target(d *sdk.Delivery) string {
	if a.has("another host") {
		return "https://elsewhere.example.com/"
	}
	return d.Subscription.URL
}

func (a acme) body(d *sdk.Delivery) ([]byte, error) {
	if a.has("catalogue") && d.EventType == "call.inbound" && !d.Verbatim {
		return nil, sdk.Errorf(sdk.CodeInvalid, "There is no mapping")
	}
	if !json.Valid(d.Event.Data) {
		switch a.fault {
		case "crash in render":
			os.Exit(6)
		case "panic in render":
			panic("no JSON")
		case "tries again":
			return nil, sdk.Errorf(sdk.CodeUnavailable, "Not now")
		}
	}
	data, err := jsondata.Verbatim(d)
	if err != nil {
		return nil, err
	}
	head := struct {
		Event string `json:"event"`
		Note  any    `json:"note,omitempty"`
	}{Event: d.EventType}
	switch a.fault {
	case "unstable":
		head.Note = time.Now().UnixNano()
	case "shares too much":
		head.Note = d.Subscription.ID
	case "changes data":
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			return nil, sdk.Errorf(sdk.CodeInvalid, "No JSON")
		}
		data, _ = json.Marshal(v)
	}
	return jsondata.Embed(head, "data", data)
}

func (a acme) signature(d *sdk.Delivery, body []byte) []sdk.Header {
	at := d.Time
	switch a.fault {
	case "signs the event's time":
		at = d.Event.Time
	case "signs the clock":
		at = time.Now()
	}
	key, stamp := d.Subscription.Secret.Reveal(), strconv.FormatInt(at.Unix(), 10)
	signed := stamp + "." + string(body)
	switch a.fault {
	case "unsigned":
		key = "constant"
	case "stale":
		signed = string(body)
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(signed))
	return []sdk.Header{{Name: "X-Time", Value: stamp}, {Name: "X-Signature", Value: hex.EncodeToString(mac.Sum(nil))}}
}
