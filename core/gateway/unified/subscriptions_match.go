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

// etag is the entity tag of a subscription.
func etag(s *subscription.Subscription) string { return versionTag(s.Version) }

// versionTag is a strong entity tag of a version (RFC 9110, section 8.8.3).
func versionTag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

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
	return met(*ifMatch, sub.Version, "subscription")
}

// met returns the version of a thing if one of the tags is its own. Errors: stale.
func met(ifMatch string, version int64, thing string) (int64, error) {
	tag := versionTag(version)
	if slices.ContainsFunc(strings.Split(ifMatch, ","), func(t string) bool { return strings.TrimSpace(t) == tag }) {
		return version, nil
	}
	return 0, staleStateError{sdk.Errorf(sdk.CodeConflict, "The %s has changed; its ETag is now %s: read it again", thing, tag)}
}

// staleError tells a change between the check and the write from other conflicts.
func staleError(version int64, err error) error {
	var e *sdk.Error
	if version != 0 && errors.As(err, &e) && e.Code == sdk.CodeConflict && e.Reason == "" {
		return staleStateError{err}
	}
	return err
}
