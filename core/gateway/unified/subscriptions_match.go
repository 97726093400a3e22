package unified

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// etag is a strong entity tag of the subscription's version (RFC 9110, section
// 8.8.3).
func etag(s *subscription.Subscription) string {
	return strconv.Quote(strconv.FormatInt(s.Version, 10))
}

// matchVersion returns the version that a change must meet, by If-Match (RFC
// 9110, section 13.1.1); 0 for any. Errors: not found, stale.
func (s *server) matchVersion(ctx context.Context, sel subscription.Selector, ifMatch *string) (int64, error) {
	if ifMatch == nil || strings.TrimSpace(*ifMatch) == "*" {
		return 0, nil
	}
	sub, err := s.Subscriptions.Get(ctx, sel)
	if err != nil {
		return 0, err
	}
	tags := strings.Split(*ifMatch, ",")
	if slices.ContainsFunc(tags, func(t string) bool { return strings.TrimSpace(t) == etag(sub) }) {
		return sub.Version, nil
	}
	return 0, staleStateError{sdk.Errorf(sdk.CodeConflict, "The subscription has changed; its ETag is now %s: read it again", etag(sub))}
}

// staleError tells a change between the check and the write from other conflicts.
func staleError(version int64, err error) error {
	var e *sdk.Error
	if version != 0 && errors.As(err, &e) && e.Code == sdk.CodeConflict && e.Reason == "" {
		return staleStateError{err}
	}
	return err
}
