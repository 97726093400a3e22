package sdk_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const plain = "s3cr3t"

// leaks are the forms that plain takes under the verbs of fmt.
var leaks = []string{plain, "733363723374", "733363723374", "73 33 63", "U+0073", "115"}

type account struct {
	Name    string
	Secret  sdk.Secret
	Pointer *sdk.Secret
	List    []sdk.Secret
	ByName  map[string]sdk.Secret
	Inner   struct{ Secret sdk.Secret }
	Any     any
}

func secretive() account {
	s := sdk.Secret(plain)
	a := account{
		Name: "acme", Secret: s, Pointer: &s, List: []sdk.Secret{s},
		ByName: map[string]sdk.Secret{"k": s}, Any: s,
	}
	a.Inner.Secret = s
	return a
}

func requireHidden(t *testing.T, out string) {
	t.Helper()
	for _, leak := range leaks {
		require.NotContains(t, out, leak)
	}
}

func TestSecretUnderEveryVerb(t *testing.T) {
	t.Parallel()
	// %p is left out: fmt does not ask a Formatter about it, and go vet refuses it
	// on text.
	for _, verb := range "vsqxXdbcoOUeEfFgGt" {
		for _, flag := range []string{"", "+", "#", " ", "-", "0", "20", ".3", "# "} {
			format := "%" + flag + string(verb)
			requireHidden(t, fmt.Sprintf(format, sdk.Secret(plain)))
			requireHidden(t, fmt.Sprintf(format, []sdk.Secret{plain}))
			requireHidden(t, fmt.Sprintf(format, map[string]sdk.Secret{"k": plain}))
			requireHidden(t, fmt.Sprintf(format, map[sdk.Secret]int{plain: 1}))
		}
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		a := secretive()
		out := fmt.Sprintf(format, a)
		requireHidden(t, out)
		require.Contains(t, out, sdk.Redacted)
		requireHidden(t, fmt.Sprintf(format, &a))
	}
	require.Equal(t, sdk.Redacted, fmt.Sprint(sdk.Secret(plain)))
	require.Equal(t, `sdk.Secret("[REDACTED]")`, fmt.Sprintf("%#v", sdk.Secret(plain)))
}

func TestSecretInErrors(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("bad secret %v: %w", sdk.Secret(plain), errors.New("x"))
	require.Equal(t, "bad secret [REDACTED]: x", err.Error())
}

func TestSecretUnderMarshallers(t *testing.T) {
	t.Parallel()
	j, err := json.Marshal(secretive())
	require.NoError(t, err)
	requireHidden(t, string(j))
	require.Contains(t, string(j), `"Secret":"[REDACTED]"`)
	require.Contains(t, string(j), `"ByName":{"k":"[REDACTED]"}`)

	y, err := yaml.Marshal(secretive())
	require.NoError(t, err)
	requireHidden(t, string(y))
	require.Contains(t, string(y), "secret: '[REDACTED]'")

	x, err := xml.Marshal(struct {
		XMLName xml.Name   `xml:"a"`
		Secret  sdk.Secret `xml:"s,attr"`
		Element sdk.Secret
	}{Secret: plain, Element: plain})
	require.NoError(t, err)
	require.Equal(t, `<a s="[REDACTED]"><Element>[REDACTED]</Element></a>`, string(x))
}

func TestSecretInLogs(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var buf bytes.Buffer
			s := sdk.Secret(plain)
			log := slog.New(handler(&buf)).With("with", s).WithGroup("g")
			log.Info("msg", "secret", s, "pointer", &s, "account", secretive(),
				"map", map[string]any{"k": s}, "list", []sdk.Secret{s},
				slog.Group("group", "secret", s), "error", fmt.Errorf("x %s", s))
			requireHidden(t, buf.String())
			require.Contains(t, buf.String(), sdk.Redacted)
		})
	}
}

func TestEmptySecretShowsAsEmpty(t *testing.T) {
	t.Parallel()
	require.Empty(t, fmt.Sprint(sdk.Secret("")))
	j, err := json.Marshal(sdk.Secret(""))
	require.NoError(t, err)
	require.Equal(t, `""`, string(j))
	require.Equal(t, `sdk.Secret("")`, fmt.Sprintf("%#v", sdk.Secret("")))
}

func TestSecretIsReadAndRevealed(t *testing.T) {
	t.Parallel()
	var fromJSON, fromYAML struct{ Secret sdk.Secret }
	require.NoError(t, json.Unmarshal([]byte(`{"Secret":"s3cr3t"}`), &fromJSON))
	require.Equal(t, plain, fromJSON.Secret.Reveal())
	require.NoError(t, yaml.Unmarshal([]byte("secret: s3cr3t"), &fromYAML))
	require.Equal(t, plain, fromYAML.Secret.Reveal())
}
