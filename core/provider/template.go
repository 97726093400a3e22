package provider

import (
	"regexp"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/manifestcheck"
)

// template is a native name, cut at its placeholders: texts[0], then
// attributes[0], texts[1] and so on.
type template struct {
	name       string
	texts      []string
	attributes []string
	when       []sdk.Filter
}

// matches tells whether a name can come of the template.
func (t template) matches(name string) bool { return !t.literal() && t.pattern().MatchString(name) }

func parseTemplate(name string) template {
	t := template{name: name}
	end := 0
	for _, at := range manifestcheck.Placeholder.FindAllStringIndex(name, -1) {
		t.texts = append(t.texts, name[end:at[0]])
		t.attributes = append(t.attributes, name[at[0]+1:at[1]-1])
		end = at[1]
	}
	t.texts = append(t.texts, name[end:])
	return t
}

func (t template) literal() bool { return len(t.attributes) == 0 }

// fill puts the attributes in; ok is false when one is missing or not a word: a
// dot or a star in it would make another name of it.
func (t template) fill(extensions map[string]string) (name string, ok bool) {
	if t.literal() {
		return t.name, true
	}
	var b strings.Builder
	for i, attribute := range t.attributes {
		value := extensions[attribute]
		if !isWord(value) {
			return "", false
		}
		b.WriteString(t.texts[i])
		b.WriteString(value)
	}
	b.WriteString(t.texts[len(t.texts)-1])
	return b.String(), true
}

// pattern matches every name that the template can become.
func (t template) pattern() *regexp.Regexp {
	var b strings.Builder
	for i, text := range t.texts {
		if i > 0 {
			b.WriteString(manifestcheck.Word)
		}
		b.WriteString(regexp.QuoteMeta(text))
	}
	return regexp.MustCompile(`^` + b.String() + `$`)
}

// isWord tells whether s matches the word expression; it is on the path of
// every event.
func isWord(s string) bool {
	if s == "" || len(s) > manifestcheck.MaxNameLength {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '_', c == '-', c == ':', c == '/':
		default:
			return false
		}
	}
	return true
}
