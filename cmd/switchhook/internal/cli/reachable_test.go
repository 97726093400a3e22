package cli_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/switchhook"
)

const anyID = "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10"

// commandOf is a command for each operation of the unified API.
var commandOf = map[string][]string{
	"PublishEvents":            {"event", "publish", "--type", "order.created", "--data", "1"},
	"ListEvents":               {"event", "list"},
	"GetEvent":                 {"event", "get", anyID},
	"CancelEvent":              {"event", "cancel", anyID},
	"GetEventTrace":            {"event", "trace", anyID},
	"GetDeliveryTrace":         {"delivery", "trace", anyID},
	"ListEventTypes":           {"event-type", "list"},
	"ImportEventTypes":         {"event-type", "import", "-f", "testdata/webhooks.yaml"},
	"GetEventType":             {"event-type", "get", "order.created"},
	"PutEventType":             {"event-type", "set", "order.created"},
	"DeleteEventType":          {"event-type", "delete", "order.created"},
	"CreateSubscription":       {"subscription", "create", "--url", "https://example.com/"},
	"ListSubscriptions":        {"subscription", "list"},
	"GetSubscription":          {"subscription", "get", anyID},
	"UpdateSubscription":       {"subscription", "update", anyID, "--events", "order.*"},
	"DeleteSubscription":       {"subscription", "delete", anyID},
	"RotateSubscriptionSecret": {"subscription", "rotate-secret", anyID, "--overlap", "1h"},
	"TestSubscription":         {"subscription", "test", anyID},
	"ExplainFilters":           {"filter", "explain", "--filter", "[]", "--event-id", anyID},
	"ListDeliveries":           {"delivery", "list"},
	"GetDelivery":              {"delivery", "get", anyID},
	"RetryDelivery":            {"delivery", "retry", anyID},
	"CancelDelivery":           {"delivery", "cancel", anyID},
	"ListReplays":              {"replay", "list"},
	"CreateReplay":             {"replay", "create", "--from", "1h", "--statuses", "failed"},
	"GetReplay":                {"replay", "get", anyID},
	"PauseReplay":              {"replay", "pause", anyID},
	"ResumeReplay":             {"replay", "resume", anyID},
	"CancelReplay":             {"replay", "cancel", anyID},
	"ListTraces":               {"trace", "list", "--errors"},
	"GetTrace":                 {"trace", "get", "4bf92f3577b34da6a3ce929d0e0e4736"},
	"GetStatistics":            {"statistics", "--from", "1h"},
	"CreateKey":                {"key", "create", "shop"},
	"ListKeys":                 {"key", "list"},
	"RevokeKey":                {"key", "revoke", anyID},
	"RotateKey":                {"key", "rotate", anyID, "--overlap", "24h"},
	"CreatePortalToken":        {"portal-token", "create", "--scopes", "events:read", "--expires-in", "1h"},
	"ListAuditLog":             {"audit", "list"},
	"CreateAccount":            {"account", "create", "acme"},
	"ListAccounts":             {"account", "list"},
	"GetAccount":               {"account", "get", "acme"},
	"UpdateAccount":            {"account", "set", "acme", "--event-validation", "warn"},
	"ListProviders":            {"provider", "list"},
	"GetProvider":              {"provider", "get", "standard"},
	"GetProviderOpenAPI":       {"provider", "openapi", "standard"},
	"GetOpenAPI":               {"provider", "openapi"},
}

// withoutCommand are operations that no command needs, each with its reason.
var withoutCommand = map[string]string{}

// Every operation is what a command asks for, by a request as the document wants it.
func TestEveryOperationHasACommand(t *testing.T) {
	t.Parallel()
	document, err := switchhook.GetSpec()
	require.NoError(t, err)
	document.Servers = nil
	operations := map[string]bool{}
	for _, path := range document.Paths.Map() {
		for _, o := range path.Operations() {
			operations[o.OperationID] = true
			require.True(t, (commandOf[o.OperationID] != nil) != (withoutCommand[o.OperationID] != ""),
				"%s needs a command, or a reason to have none", o.OperationID)
		}
	}
	for id, args := range commandOf {
		require.True(t, operations[id], "%s is no operation", id)
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			server := newAskedServer(t, document)
			_, err := try(t, "", append(args, "--server", server.URL, "--key", "a")...)
			require.ErrorContains(t, err, "503", "the server refuses all")
			require.Equal(t, []string{id}, server.asked)
		})
	}
	for id := range withoutCommand {
		require.True(t, operations[id], "%s is no operation", id)
	}
}

// askedServer notes which operations it is asked for, and refuses them.
type askedServer struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newAskedServer(t *testing.T, document *openapi3.T) *askedServer {
	router, err := legacy.NewRouter(document)
	require.NoError(t, err)
	s := &askedServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := "nothing of the document"
		if route, params, err := router.FindRoute(r); err == nil {
			asked = route.Operation.OperationID
			if err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
				Request: r, PathParams: params, Route: route,
				Options: &openapi3filter.Options{
					AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
					ExcludeRequestBody: asked == "ImportEventTypes", // a document as text, which the library reads as YAML
				},
			}); err != nil {
				asked += ", which is not so: " + err.Error()
			}
		}
		s.mu.Lock()
		s.asked = append(s.asked, asked)
		s.mu.Unlock()
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(s.Close)
	return s
}
