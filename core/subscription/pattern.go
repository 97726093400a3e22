package subscription

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Pattern selects event types: a type's name, or segments separated by dots of
// which * matches any one, a trailing .* matches one or more, and * alone
// matches every type.
type Pattern struct {
	text string
	// segments is nil for a pattern without wildcards.
	segments []string
	all      bool
}

const (
	maxPatternLength = 255
	wildcard         = "*"
)

// ParsePattern reads a pattern. The error says what is wrong with it.
func ParsePattern(text string) (Pattern, error) {
	switch {
	case text == "":
		return Pattern{}, errors.New("must not be empty")
	case utf8.RuneCountInString(text) > maxPatternLength:
		return Pattern{}, fmt.Errorf("must have at most %d characters", maxPatternLength)
	case text == wildcard:
		return Pattern{text: text, all: true}, nil
	}
	p := Pattern{text: text}
	segments := strings.Split(text, ".")
	for _, s := range segments {
		if err := checkSegment(s); err != nil {
			return Pattern{}, err
		}
		if s == wildcard {
			p.segments = segments
		}
	}
	return p, nil
}

func checkSegment(s string) error {
	switch {
	case s == "":
		return errors.New("must not have empty segments between dots")
	case s != wildcard && strings.Contains(s, wildcard):
		return fmt.Errorf("may have * only as a whole segment, not in %q", s)
	}
	for _, r := range s {
		if r <= ' ' || r == 0x7f || r == ',' {
			return fmt.Errorf("must not contain %q", r)
		}
	}
	return nil
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Exact tells whether the pattern is a plain name.
func (p Pattern) Exact() bool { return !p.all && p.segments == nil }

// couldMatch tells whether the pattern selects a name that a catalogue's entry
// can become: a {placeholder} in it stands for any text without dots.
func (p Pattern) couldMatch(entry string) bool {
	names := strings.Split(entry, ".")
	for i, want := range p.segments {
		if i < len(names) && strings.Contains(names[i], "{") && want != wildcard {
			names[i] = want
		}
	}
	return p.Match(strings.Join(names, "."))
}

// Match tells whether the pattern selects an event type.
func (p Pattern) Match(eventType string) bool {
	if p.all {
		return true
	}
	if p.segments == nil {
		return p.text == eventType
	}
	rest := eventType
	for i, want := range p.segments {
		last := i == len(p.segments)-1
		if last && want == wildcard {
			return rest != ""
		}
		segment, tail, more := strings.Cut(rest, ".")
		if segment == "" || (want != wildcard && want != segment) || more == last {
			return false
		}
		rest = tail
	}
	return true
}
