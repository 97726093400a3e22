package manifestcheck

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const document = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/x":{"get":{"operationId":"getX","responses":{"200":{"description":"ok"}}}}}}`

// manifest is a valid one.
func manifest(provider string, types ...sdk.EventType) sdk.Manifest {
	return sdk.Manifest{
		Provider: provider, OpenAPI: []byte(document), EventTypes: types, OpenCatalogue: len(types) == 0,
		IDFormat: sdk.IDFormatUUID,
		Limits:   []sdk.Limit{{Scope: sdk.LimitScopeAccount, Max: 1}},
		URL:      sdk.URLPolicy{Schemes: []string{"https", "http"}, Pattern: "^https?://"},
		Secret:   sdk.SecretPolicy{Generate: true, Bytes: 32, Encoding: sdk.SecretEncodingHex},
		Delivery: sdk.DeliveryPolicy{
			Success: []sdk.StatusRange{{From: 200, To: 299}}, Timeout: 10 * time.Second,
			Schedule: []time.Duration{time.Second}, MaxAttempts: 3, Jitter: 0.1,
		},
		Unavailable: &sdk.Response{Status: 503, Headers: []sdk.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte("{}")},
	}
}

func TestCheckNamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]func(m *sdk.Manifest){
		"provider: \"Bad\" must":           func(m *sdk.Manifest) { m.Provider = "Bad" },
		"provider: \"\" must":              func(m *sdk.Manifest) { m.Provider = "" },
		"provider: \"a.b\" must":           func(m *sdk.Manifest) { m.Provider = "a.b" },
		"provider: \"v1\" is a path":       func(m *sdk.Manifest) { m.Provider = "v1" },
		"provider: \"docs\" is a path":     func(m *sdk.Manifest) { m.Provider = "docs" },
		"provider: \"ui\" is a path":       func(m *sdk.Manifest) { m.Provider = "ui" },
		"provider: \"metrics\" is a path":  func(m *sdk.Manifest) { m.Provider = "metrics" },
		"title: must have":                 func(m *sdk.Manifest) { m.Title = strings.Repeat("x", 201) },
		"version: must have":               func(m *sdk.Manifest) { m.Version = strings.Repeat("x", 201) },
		"openapi: is missing":              func(m *sdk.Manifest) { m.OpenAPI = nil },
		"openapi: cannot be parsed":        func(m *sdk.Manifest) { m.OpenAPI = []byte("{") },
		"openapi: has ":                    func(m *sdk.Manifest) { m.OpenAPI = make([]byte, maxDocument+1) },
		"openapi: is of OpenAPI \"3.1.0\"": func(m *sdk.Manifest) { m.OpenAPI = []byte(strings.Replace(document, "3.0.3", "3.1.0", 1)) },
		"openapi: is of OpenAPI \"\"":      func(m *sdk.Manifest) { m.OpenAPI = []byte("x: 1") },
		"openapi: is not valid":            func(m *sdk.Manifest) { m.OpenAPI = []byte(strings.Replace(document, `"title":"t",`, "", 1)) },
		"external": func(m *sdk.Manifest) {
			m.OpenAPI = []byte(strings.Replace(document, `{"get"`, `{"$ref":"file:///etc/passwd","get"`, 1))
		},
		"event_types: must name":             func(m *sdk.Manifest) { m.EventTypes = nil },
		"event_types: must have":             func(m *sdk.Manifest) { m.EventTypes = make([]sdk.EventType, maxEventTypes+1) },
		"event_types[1].name: must not":      func(m *sdk.Manifest) { m.EventTypes = append(m.EventTypes, sdk.EventType{}) },
		"event_types[1].name: \"a\" stands":  func(m *sdk.Manifest) { m.EventTypes = append(m.EventTypes, sdk.EventType{Name: "a"}) },
		"event_types[0].name: \"a.*\" must":  func(m *sdk.Manifest) { m.EventTypes[0].Name = "a.*" },
		"event_types[0].name: \"a{B}\" must": func(m *sdk.Manifest) { m.EventTypes[0].Name = "a{B}" },
		"event_types[0].canonical[0]: \"x {": func(m *sdk.Manifest) { m.EventTypes[0].Canonical = []string{"x {y}"} },
		"event_types[0].canonical[1]: \"b\"": func(m *sdk.Manifest) { m.EventTypes[0].Canonical = []string{"b", "b"} },
		"event_types[0].json_schema: must":   func(m *sdk.Manifest) { m.EventTypes[0].JSONSchema = []byte("{") },
		"filter_keys[0].implied[0].type: \"c\"": func(m *sdk.Manifest) {
			m.EventTypes[0].FilterKeys = implying(sdk.ImpliedValue{Type: "c", Value: "v"})
		},
		"filter_keys[0].implied[0].value: must": func(m *sdk.Manifest) {
			m.EventTypes[0].Canonical = []string{"c"}
			m.EventTypes[0].FilterKeys = implying(sdk.ImpliedValue{Type: "c"})
		},
		"filter_keys[0].implied[0].when[0].key": func(m *sdk.Manifest) {
			m.EventTypes[0].Canonical = []string{"c"}
			m.EventTypes[0].FilterKeys = implying(sdk.ImpliedValue{Type: "c", Value: "v", When: []sdk.Filter{{Key: "No"}}})
		},
		"limits[0].max: 0 must":            func(m *sdk.Manifest) { m.Limits[0].Max = 0 },
		"limits[0].scope: 0 is":            func(m *sdk.Manifest) { m.Limits[0].Scope = 0 },
		"limits[1].scope: stands":          func(m *sdk.Manifest) { m.Limits = append(m.Limits, m.Limits[0]) },
		"id_format: 0 is not":              func(m *sdk.Manifest) { m.IDFormat = 0 },
		"id_format: 5 is not":              func(m *sdk.Manifest) { m.IDFormat = 5 },
		"url.schemes: must name":           func(m *sdk.Manifest) { m.URL.Schemes = nil },
		"url.schemes[0]: \"ftp\" must":     func(m *sdk.Manifest) { m.URL.Schemes = []string{"ftp"} },
		"url.schemes[1]: \"https\" stands": func(m *sdk.Manifest) { m.URL.Schemes = []string{"https", "https"} },
		"url.pattern: must be an RE2":      func(m *sdk.Manifest) { m.URL.Pattern = "(?=x)" },
		"secret.bytes: 15 must":            func(m *sdk.Manifest) { m.Secret.Bytes = 15 },
		"secret.bytes: 0 must":             func(m *sdk.Manifest) { m.Secret = sdk.SecretPolicy{Prefix: "whsec_"} },
		"secret.encoding: 0 is":            func(m *sdk.Manifest) { m.Secret.Encoding = 0 },
		"secret.bytes: 32 must be 64":      func(m *sdk.Manifest) { m.Secret.KeyPair = &sdk.KeyPair{PublicSetting: "public_key"} },
		"secret.encoding: must be base64": func(m *sdk.Manifest) {
			m.Secret.KeyPair, m.Secret.Encoding = &sdk.KeyPair{PublicSetting: "public_key"}, sdk.SecretEncodingHex
		},
		"secret.key_pair.public_setting: must":  func(m *sdk.Manifest) { m.Secret.KeyPair = &sdk.KeyPair{} },
		"secret_variants[0].setting: must have": func(m *sdk.Manifest) { m.SecretVariants = []sdk.SecretVariant{{Value: "v"}} },
		"secret_variants[1].setting: \"b\" must be": func(m *sdk.Manifest) {
			m.SecretVariants = []sdk.SecretVariant{{Setting: "a", Value: "v"}, {Setting: "b", Value: "w"}}
		},
		"secret_variants[1].value: \"v\" stands": func(m *sdk.Manifest) {
			m.SecretVariants = []sdk.SecretVariant{{Setting: "a", Value: "v"}, {Setting: "a", Value: "v"}}
		},
		"secret_variants[0].secret.bytes: 1 must": func(m *sdk.Manifest) {
			m.SecretVariants = []sdk.SecretVariant{{Setting: "a", Value: "v", Secret: sdk.SecretPolicy{Generate: true, Bytes: 1}}}
		},
		"delivery.success[0]: 99 to 299":    func(m *sdk.Manifest) { m.Delivery.Success[0].From = 99 },
		"delivery.success[0]: 300 to 299":   func(m *sdk.Manifest) { m.Delivery.Success[0].From = 300 },
		"delivery.timeout: 0s must":         func(m *sdk.Manifest) { m.Delivery.Timeout = 0 },
		"delivery.timeout: 10m0.000000001s": func(m *sdk.Manifest) { m.Delivery.Timeout = maxTimeout + 1 },
		"delivery.schedule: must have a":    func(m *sdk.Manifest) { m.Delivery.Schedule = nil },
		"delivery.schedule: must have at":   func(m *sdk.Manifest) { m.Delivery.Schedule = make([]time.Duration, 101) },
		"delivery.schedule[0]: -1s must":    func(m *sdk.Manifest) { m.Delivery.Schedule[0] = -time.Second },
		"delivery.schedule[0]: must be": func(m *sdk.Manifest) {
			m.Delivery.Schedule[0], m.Delivery.MaxAttempts, m.Delivery.Budget = 0, 0, time.Hour
		},
		"delivery.max_attempts: must be set": func(m *sdk.Manifest) { m.Delivery.MaxAttempts = 0 },
		"delivery.max_attempts: -1 must":     func(m *sdk.Manifest) { m.Delivery.MaxAttempts = -1 },
		"delivery.budget: -1s must":          func(m *sdk.Manifest) { m.Delivery.Budget = -time.Second },
		"delivery.jitter: 1.5 must":          func(m *sdk.Manifest) { m.Delivery.Jitter = 1.5 },
		"delivery.jitter: NaN must":          func(m *sdk.Manifest) { m.Delivery.Jitter = math.NaN() },
		"delivery.disable_after: -1s must":   func(m *sdk.Manifest) { m.Delivery.DisableAfter = -time.Second },
		"requests_per_second: -1 must":       func(m *sdk.Manifest) { m.RequestsPerSecond = -1 },
		"unavailable: is missing":            func(m *sdk.Manifest) { m.Unavailable = nil },
		"unavailable.status: 200 must":       func(m *sdk.Manifest) { m.Unavailable.Status = 200 },
		"unavailable.body: must":             func(m *sdk.Manifest) { m.Unavailable.Body = make([]byte, maxEnvelope+1) },
		"unavailable.headers[0]: \"X":        func(m *sdk.Manifest) { m.Unavailable.Headers[0] = sdk.Header{Name: "X", Value: "a\nb"} },
	}
	for want, breaks := range tests {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			m := manifest("callbell", sdk.EventType{Name: "a"})
			breaks(&m)
			_, problems := Check(&m)
			require.True(t, slices.ContainsFunc(problems, func(p *FieldError) bool { return strings.Contains(p.Error(), want) }), "%v", problems)
		})
	}
}

func implying(v sdk.ImpliedValue) []sdk.FilterKey {
	return []sdk.FilterKey{{Key: "k", Fields: []string{"k"}, Implied: []sdk.ImpliedValue{v}}}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(document))
	f.Add([]byte("openapi: 3.0.3\npaths: {/a: {get: {parameters: [{$ref: '#/components/parameters/p'}]}}}"))
	f.Add([]byte(`{"openapi":"3.0.3","paths":{"/x":null},"components":{"schemas":{"a":{"$ref":"#/components/schemas/a"}}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := parseDocument(raw)
		require.Equal(t, err == nil, doc != nil)
	})
}
