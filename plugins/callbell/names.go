package callbell

import (
	"fmt"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/gen/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// subscriptionNames reads the events of a subscribe call, each once. The
// vendor's samples send an array, its table says comma separated values: both
// are taken. Wildcards are not, the vendor has none.
func subscriptionNames(union callbell.SubscriptionNames) ([]string, error) {
	list, err := union.AsSubscriptionNames0()
	pointer := func(i int) string { return fmt.Sprintf("/subscriptions/%d", i) }
	if err != nil {
		text, err := union.AsSubscriptionNames1()
		if err != nil {
			return nil, sdk.InvalidField("/subscriptions", "must be an array of event names or one comma separated string")
		}
		list = splitNames(text)
		pointer = func(int) string { return "/subscriptions" }
	}
	names := make([]string, 0, len(list))
	for i, name := range list {
		if !known(name) {
			return nil, sdk.InvalidField(pointer(i), "unknown event %q; known are %s", name, catalogue())
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, sdk.InvalidField("/subscriptions", "must name at least one event of %s", catalogue())
	}
	return names, nil
}

// splitNames splits a comma separated list; spaces and empty entries are dropped.
func splitNames(text string) []string {
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func known(name string) bool {
	return slices.ContainsFunc(eventTypes, func(t sdk.EventType) bool { return t.Name == name })
}

func catalogue() string {
	names := make([]string, len(eventTypes))
	for i, t := range eventTypes {
		names[i] = t.Name
	}
	return strings.Join(names, ", ")
}
