package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// subscriptionFields are the flags for the members of a subscription's body, by
// JSON pointer. Of several that fit, the longest counts.
var subscriptionFields = map[string]string{
	"/provider": "provider", "/namespace": "namespace", "/name": "name", "/url": "url", "/events": "events", "/headers": "header",
	"/secret": "secret", "/settings": "setting", "/enabled": "enabled", "/disabled_reason": "disabled-reason", "/filters": "filter",
	"/delivery/max_in_flight": "max-in-flight", "/delivery/max_per_second": "max-per-second", "/delivery/timeout_seconds": "timeout",
	"/delivery/retry/schedule_seconds": "retry-schedule", "/delivery/retry/max_attempts": "max-attempts", "/delivery/traceparent": "traceparent",
	"/auth/basic": "basic-auth", "/auth/oauth2": "oauth2", "/auth/oauth2/token_url": "oauth2-token-url",
	"/auth/oauth2/scopes": "oauth2-scopes", "/auth/oauth2/audience": "oauth2-audience",
	"/auth/mtls": "client-certificate", "/auth/mtls/private_key": "client-key",
}

// byFlags words a refusal by the flags that stated what is wrong.
func byFlags(err error, fields map[string]string) error {
	var refused *answer.Error
	if !errors.As(err, &refused) || refused.Errors == nil {
		return err
	}
	list := slices.Clone(*refused.Errors)
	for i := range list {
		if f := &list[i]; f.In == switchhook.FieldProblemInBody {
			if name := flagOf(f.Field, fields); name != "" {
				f.In, f.Field = "", name
			}
		}
	}
	worded := *refused
	worded.Errors = &list
	return &worded
}

// flagOf is the flag of a member, with what the pointer names inside of it.
func flagOf(pointer string, fields map[string]string) string {
	for at := pointer; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
		if flag := fields[at]; flag != "" {
			return strings.TrimSpace("--" + flag + " " + pointer[len(at):])
		}
	}
	return ""
}
