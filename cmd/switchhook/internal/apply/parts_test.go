package apply

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlanOfEventTypes(t *testing.T) {
	t.Parallel()
	have := map[string]any{
		"name": "order.created", "origin": "own", "description": "An order", "deprecated": false,
		"schema": map[string]any{"type": "object", "required": []any{"order"}},
	}
	for name, c := range map[string]struct {
		entry string
		want  []Field
	}{
		"Same":              {"schema: {type: object, required: [order]}", nil},
		"LeftOutStays":      {"deprecated: false", nil},
		"NoSchemaToo":       {"example: null", nil},
		"Described":         {"description: An order was made", []Field{{"description", "An order", "An order was made"}}},
		"SchemaIsWhole":     {"schema: {type: object}", []Field{{"schema", `{"required":["order"],"type":"object"}`, `{"type":"object"}`}}},
		"SchemaGone":        {"schema: null", []Field{{"schema", `{"required":["order"],"type":"object"}`, "none"}}},
		"HiddenIsAText":     {"example: '[REDACTED]'", []Field{{"example", "", "[REDACTED]"}}},
		"ReferencesAreSeen": {"example: '${SET}'", []Field{{"example", "", "${SET}"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := mustParse(t, "event_types:\n- name: order.created\n  "+c.entry+"\n")
			p, err := NewPlan(f, &State{lists: map[*kind][]map[string]any{eventTypes: {have}}}, PlanOptions{})
			require.NoError(t, err)
			if c.want == nil {
				require.Empty(t, p.Changes)
				require.Equal(t, 1, p.Same)
				return
			}
			require.Len(t, p.Changes, 1)
			if have["example"] == nil && c.want[0].Name == "example" {
				c.want[0].From = "none"
			}
			require.Equal(t, c.want, p.Changes[0].Fields)
		})
	}
}

func TestPlanOfAnAccount(t *testing.T) {
	t.Parallel()
	have := map[string]any{"name": "acme", "event_validation": "off", "limits": map[string]any{"burst": 200., "max_subscriptions": 5.}}
	for name, c := range map[string]struct {
		entry string
		want  []Field
	}{
		"Same":           {"event_validation: 'off'", nil},
		"LimitsStay":     {"limits: {burst: 200}", nil},
		"NoLimitIsNone":  {"limits: {max_event_bytes: null}", nil},
		"Validation":     {"event_validation: warn", []Field{{"event_validation", "off", "warn"}}},
		"Limit":          {"limits: {burst: 300}", []Field{{"limits.burst", "200", "300"}}},
		"GatewaysOwn":    {"limits: {burst: null}", []Field{{"limits.burst", "200", "none"}}},
		"NoLimits":       {"limits: {}", []Field{{"limits.burst", "200", "none"}, {"limits.max_subscriptions", "5", "none"}}},
		"LimitThatIsNew": {"limits: {events_per_second: 0.5}", []Field{{"limits.events_per_second", "none", "0.5"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := mustParse(t, "account:\n  "+c.entry+"\n")
			p, err := NewPlan(f, &State{account: &settings{name: "acme", members: have}}, PlanOptions{Prune: true})
			require.NoError(t, err)
			if c.want == nil {
				require.Empty(t, p.Changes)
				return
			}
			require.Len(t, p.Changes, 1)
			require.Equal(t, "account acme", p.Changes[0].Of.String())
			require.Equal(t, c.want, p.Changes[0].Fields)
		})
	}
}

func TestPartsAreRefusedByLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{}":                                     "f.yaml:1: declares nothing: state one of account, event_types, subscriptions",
		"account: 1":                             "f.yaml:1: account: must be a mapping",
		"account:\n  limit: {}":                  "f.yaml:2: account.limit: is not known; known are event_validation, limits",
		"account:\n  event_validation: maybe":    "f.yaml:2: account.event_validation: must be",
		"account:\n  limits:\n    burst: 0":      "f.yaml:3: account.limits.burst: must be",
		"account: {}":                            "f.yaml:1: account: must",
		"event_types: {}":                        "f.yaml:1: event_types: must be a list; [] is none",
		"event_types: [1]":                       "event_types[0]: must be a mapping with name",
		"event_types:\n- description: a":         "f.yaml:2: event_types[0].name: is required",
		"event_types:\n- name: a\n  schemas: {}": "f.yaml:3: event_types[0].schemas: is not known; known are deprecated, description, example, name, schema",
		"event_types:\n- name: a\n- name: a":     "f.yaml:3: event_types[1]: is the same event type as that of line 2 (event type a)",
		"event_types:\n- {name: a, example: 9007199254740993}": "event_types[0].example: is too large a number",
	} {
		_, err := parse("f.yaml", []byte(text), noEnv)
		require.ErrorContains(t, err, want, text)
	}
}

// What the API shows and does not take is not in an exported file.
func TestExportOfParts(t *testing.T) {
	t.Parallel()
	s := having(sub("1", "a", map[string]any{"auth": map[string]any{"mtls": map[string]any{
		"certificate": "PEM", "private_key": hidden, "expires_at": "2026-11-21T09:00:00Z",
	}}}))
	s.lists[eventTypes] = []map[string]any{{
		"name": "a.b", "origin": "own", "description": "", "deprecated": true, "schema": map[string]any{}, "example": "${X}", "created_at": "2026-11-21T09:00:00Z",
	}}
	s.account = &settings{name: "acme", members: map[string]any{"id": "1", "event_validation": "off", "limits": map[string]any{"max_event_bytes": 1048576.}}}
	var out bytes.Buffer
	require.NoError(t, s.Export(&out))
	require.Contains(t, out.String(), `account:
  event_validation: "off"
  limits:
    max_event_bytes: 1048576
event_types:
  - name: a.b
    deprecated: true
    example: $${X}
    schema: {}
subscriptions:
  - name: a
    provider: standard
    url: https://example.com/
    events: []
    auth:
      mtls:
        certificate: PEM
        private_key: '[REDACTED]'
    enabled: true
`)
	p, err := NewPlan(mustParse(t, out.String()), s, PlanOptions{Prune: true})
	require.NoError(t, err)
	require.Empty(t, p.Changes)
	require.Equal(t, 3, p.Same)
}
