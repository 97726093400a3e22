package apply

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func noEnv(string) (string, bool) { return "", false }

func mustParse(t *testing.T, text string) *File {
	t.Helper()
	f, err := parse("f.yaml", []byte(text), func(name string) (string, bool) { return "value of " + name, name == "SET" })
	require.NoError(t, err)
	return f
}

// having is the state of an account with subscriptions.
func having(list ...map[string]any) *State {
	return &State{lists: map[*kind][]map[string]any{subscriptions: list}}
}

func sub(id, name string, more map[string]any) map[string]any {
	m := map[string]any{
		"id": id, "provider": "standard", "namespace": "", "name": name, "url": "https://example.com/", "events": []any{},
		"headers": []any{}, "settings": map[string]any{}, "enabled": true,
	}
	for k, v := range more {
		m[k] = v
	}
	return m
}

func TestPlanFields(t *testing.T) {
	t.Parallel()
	hiddenHeader := []any{map[string]any{"name": "X-Shop", "value": hidden}}
	for name, c := range map[string]struct {
		entry   string
		current map[string]any
		secrets bool
		want    []Field
	}{
		"Same":              {"enabled: true", nil, false, nil},
		"LeftOutStays":      {"", map[string]any{"enabled": false}, false, nil},
		"Disabled":          {"enabled: true", map[string]any{"enabled": false}, false, []Field{{"enabled", "no", "yes"}}},
		"SecretIsUnseen":    {"secret: a", nil, false, nil},
		"SecretAgain":       {"secret: a", nil, true, []Field{{"secret", "", "set again"}}},
		"SecretKept":        {"secret: '[REDACTED]'", nil, true, nil},
		"HeaderUnseen":      {"headers: [{name: X-Shop, value: a}]", map[string]any{"headers": hiddenHeader}, false, nil},
		"HeaderAgain":       {"headers: [{name: X-Shop, value: a}]", map[string]any{"headers": hiddenHeader}, true, []Field{{"headers", "", "set again"}}},
		"HeaderRenamed":     {"headers: [{name: X-Other, value: a}]", map[string]any{"headers": hiddenHeader}, false, []Field{{"headers", "", "changed"}}},
		"HeadersRemoved":    {"headers: []", map[string]any{"headers": hiddenHeader}, false, []Field{{"headers", "", "changed"}}},
		"SettingGone":       {"settings: {}", map[string]any{"settings": map[string]any{"a": "b"}}, false, []Field{{"settings", `{"a":"b"}`, "{}"}}},
		"SettingAdded":      {"settings: {c: d}", map[string]any{"settings": map[string]any{"a": "b", "c": "d"}}, false, nil},
		"ReferenceIsNamed":  {"events: ['${SET}']", nil, false, []Field{{"events", "[]", "[${SET}]"}}},
		"ReferenceIsQuoted": {"events: ['$${SET}']", map[string]any{"events": []any{"${SET}"}}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := mustParse(t, "subscriptions:\n- name: a\n  url: https://example.com/\n  "+c.entry+"\n")
			p, err := NewPlan(f, having(sub("1", "a", c.current)), PlanOptions{Secrets: c.secrets})
			require.NoError(t, err)
			if c.want == nil {
				require.Empty(t, p.Changes)
				require.Equal(t, 1, p.Same)
				return
			}
			require.Len(t, p.Changes, 1)
			require.Equal(t, c.want, p.Changes[0].Fields)
		})
	}
}

func TestPlanOfSeveral(t *testing.T) {
	t.Parallel()
	current := having(sub("1", "a", nil), sub("2", "gone", nil), sub("3", "", nil))
	f := mustParse(t, "subscriptions:\n- {name: new, url: 'https://example.com/'}\n- {url: 'https://example.com/', enabled: false}\n- {name: a, url: 'https://example.com/'}")
	p, err := NewPlan(f, current, PlanOptions{Prune: true})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, p.Write(&out))
	require.Equal(t, `- standard/gone
~ standard https://example.com/
    enabled  yes -> no
+ standard/new
    url  https://example.com/
Plan: 1 to create, 1 to change, 1 to delete, 1 as declared.
`, out.String())

	f = mustParse(t, "subscriptions:\n- {name: a, url: 'https://example.com/'}")
	_, err = NewPlan(f, having(sub("1", "a", nil), sub("2", "a", nil)), PlanOptions{})
	require.ErrorContains(t, err, "f.yaml:2: subscriptions[0]: the account has 2 subscriptions standard/a: 1, 2")
}

// A plan on a terminal holds no control characters, whatever a name holds.
func TestPlanIsPlainText(t *testing.T) {
	t.Parallel()
	f := mustParse(t, "subscriptions:\n- {name: \"a\\e[2J\", url: \"https://example.com/\\r\\n- x\"}")
	p, err := NewPlan(f, having(), PlanOptions{})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, p.Write(&out))
	require.NotContains(t, out.String(), "\x1b")
	require.NotContains(t, out.String(), "\r")
	require.Equal(t, 3, strings.Count(out.String(), "\n"))
}

func TestAliasesAreBounded(t *testing.T) {
	t.Parallel()
	text := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'k'; i++ {
		text += string(i) + ": &" + string(i) + " [" + strings.Repeat("*"+string(i-1)+",", 9) + "*" + string(i-1) + "]\n"
	}
	_, err := parse("f.yaml", []byte(text+"subscriptions: []\n"), noEnv)
	require.ErrorContains(t, err, "too large or too deep")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"subscriptions: []", "subscriptions:\n- {name: a, url: 'https://example.com/', events: [a.*], settings: {a: b}}",
		"account: {event_validation: warn, limits: {burst: 2}}\nevent_types: [{name: a.b, schema: {type: object}}]", "event_types: [{}, 1]",
		"subscriptions: [&a {url: ${X}}, *a]", "a: &a [*a]", "? [a]\n: b", "subscriptions: [{url: 1e999, enabled: !!bool x}]", "\t", "---\n---\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := parse("f.yaml", text, noEnv)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		p, err := NewPlan(file, &State{account: &settings{name: "acme"}}, PlanOptions{Prune: true})
		if err == nil {
			entries := len(file.lists[subscriptions]) + len(file.lists[eventTypes])
			if file.account == nil {
				require.Len(t, p.Changes, entries)
			}
			require.GreaterOrEqual(t, len(p.Changes), entries)
			require.NoError(t, p.Write(&bytes.Buffer{}))
		}
	})
}
