package vonage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// segment is one part of an event type's name between dots, or a wildcard.
var segment = regexp.MustCompile(`^(?:\*|[A-Za-z0-9_-]+)$`)

// checkEvents refuses event names that the catalogue does not have, and wildcards
// that are malformed or can match nothing in it. The vendor says that sets of
// types can be subscribed to with a wildcard, but not how it is written: here *
// alone is everything, * as a segment matches one segment, and a trailing .* one
// or more.
func checkEvents(events []string) error {
	for i, pattern := range events {
		if problem := patternProblem(pattern); problem != "" {
			return sdk.InvalidField(fmt.Sprintf("/events/%d", i), "%s", problem)
		}
	}
	return nil
}

// patternProblem says what is wrong with an entry; "" is nothing.
func patternProblem(pattern string) string {
	segments := strings.Split(pattern, ".")
	for _, s := range segments {
		if !segment.MatchString(s) {
			return fmt.Sprintf("%q is not an event type or wildcard; a wildcard is * alone or as a whole segment, such as channel.*", pattern)
		}
	}
	if slices.ContainsFunc(eventTypes, func(t sdk.EventType) bool { return matches(segments, t.Name) }) {
		return ""
	}
	return fmt.Sprintf("%q matches no event type; GET /webhooks/event-types lists them", pattern)
}

// matches tells whether the segments of a pattern match an event type's name.
func matches(pattern []string, name string) bool {
	rest := strings.Split(name, ".")
	for i, p := range pattern {
		switch {
		case len(rest) == 0:
			return false
		case p == "*" && i == len(pattern)-1:
			return true
		case p != "*" && p != rest[0]:
			return false
		}
		rest = rest[1:]
	}
	return len(rest) == 0
}
