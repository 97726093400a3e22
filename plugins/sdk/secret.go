package sdk

import (
	"fmt"
	"log/slog"
)

// Redacted is what a [Secret] shows in place of its value.
const Redacted = "[REDACTED]"

// Secret is text that must not appear in logs, errors or listings: every verb of
// fmt, every marshaller and slog print [Redacted]. [Secret.Reveal] gives the text.
type Secret string

// Reveal returns the text itself, for signing and for the one answer that shows it.
func (s Secret) Reveal() string { return string(s) }

// String returns [Redacted], or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return Redacted
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return fmt.Sprintf("sdk.Secret(%q)", s.String()) }

// Format hides the value from every verb, %x and %q among them.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = fmt.Fprint(f, s.GoString())
		return
	}
	_, _ = fmt.Fprint(f, s.String())
}

// MarshalText hides the value from JSON, YAML and XML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the value as it stands, so that configuration can be read.
func (s *Secret) UnmarshalText(b []byte) error { *s = Secret(b); return nil }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
