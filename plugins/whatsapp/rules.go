package whatsapp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// checkURL refuses what is not https, in the documented words. Hosts that are not
// public are refused by the engine, as far as the operator has not allowed them.
func checkURL(url string) error {
	const scheme = "https://"
	if len(url) < len(scheme) || !strings.EqualFold(url[:len(scheme)], scheme) {
		return sdk.Errorf(sdk.CodeInvalid, "URL must be HTTPS")
	}
	return nil
}

// eventNames checks a list of events and drops repetitions. The vendor's code
// takes unknown names and never sends anything for them; here they are refused,
// so that a misspelt name is found when it is written.
func eventNames(list []string) ([]string, error) {
	names := make([]string, 0, len(list))
	for i, name := range list {
		pointer := fmt.Sprintf("/events/%d", i)
		switch {
		case strings.Contains(name, "*"):
			return nil, sdk.InvalidField(pointer, "%q is a wildcard, which is not supported; name each event, or none for all events", name)
		case !known(name):
			return nil, sdk.InvalidField(pointer, "unknown event %q; docs/WEBHOOK_EVENTS.md lists them, such as message.received", name)
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return names, nil
}

func known(name string) bool {
	return slices.ContainsFunc(eventTypes, func(t sdk.EventType) bool { return t.Name == name })
}
