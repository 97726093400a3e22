package memengine

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/segmentio/ksuid"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

// check keeps the rules that hold for create and update; self is the id of the
// subscription that is changed, or "".
func (e *Engine) check(spec sdk.SubscriptionSpec, self string) error {
	if err := checkURL(spec.URL, e.manifest.URL); err != nil {
		return err
	}
	for i, pattern := range spec.EventTypes {
		if pattern == "" {
			return sdk.InvalidField(fmt.Sprintf("/event_types/%d", i), "must not be empty")
		}
	}
	if !e.manifest.UniqueName {
		return nil
	}
	for i := range e.subs {
		if e.subs[i].Name == spec.Name && e.subs[i].ID != self {
			return &sdk.Error{
				Code: sdk.CodeConflict, Reason: sdk.ReasonDuplicateName,
				Message: "The name is taken",
				Fields:  []sdk.FieldError{{In: "body", Field: "/name", Message: "another subscription has this name; choose another"}},
			}
		}
	}
	return nil
}

func checkURL(text string, policy sdk.URLPolicy) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !slices.Contains(policy.Schemes, u.Scheme) {
		return sdk.InvalidField("/url", "must be an absolute URL with a scheme of %v", policy.Schemes)
	}
	if policy.Pattern != "" {
		ok, err := regexp.MatchString("^(?:"+policy.Pattern+")$", text)
		if err != nil {
			return sdk.Errorf(sdk.CodeInternal, "The manifest's URL pattern is not a regular expression")
		}
		if !ok {
			return sdk.InvalidField("/url", "must match %s", policy.Pattern)
		}
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() == "localhost" || (err == nil && (addr.IsLoopback() || addr.IsPrivate())) {
		return sdk.InvalidField("/url", "must name a public host")
	}
	return nil
}

func (e *Engine) checkLimits(spec sdk.SubscriptionSpec) error {
	for _, l := range e.manifest.Limits {
		n := 0
		for i := range e.subs {
			if l.Scope != sdk.LimitScopeSameFilters || sameFilters(e.subs[i].SubscriptionSpec, spec) {
				n++
			}
		}
		if n >= l.Max {
			return sdk.Errorf(sdk.CodeLimit, "At most %d subscriptions may exist; delete one first", l.Max)
		}
	}
	return nil
}

func sameFilters(a, b sdk.SubscriptionSpec) bool {
	return reflect.DeepEqual(a.EventTypes, b.EventTypes) && reflect.DeepEqual(a.Filters, b.Filters)
}

func newID(format sdk.IDFormat, n int, at time.Time) (string, error) {
	switch format {
	case sdk.IDFormatKSUID:
		id, err := ksuid.NewRandomWithTime(at)
		return id.String(), err
	case sdk.IDFormatHex24:
		b := make([]byte, 12)
		_, err := rand.Read(b)
		return hex.EncodeToString(b), err
	case sdk.IDFormatInteger:
		return strconv.Itoa(n), nil
	default:
		id, err := uuid.NewV7()
		return id.String(), err
	}
}

// keys gives a new subscription a secret where the policy of its settings makes
// one, and shows the public key where the secret has one.
func (e *Engine) keys(sub *sdk.Subscription) error {
	policy, err := e.manifest.SecretFor(sub.Settings)
	if err != nil {
		return err
	}
	if sub.Secret == "" && policy.Generate {
		if sub.Secret, err = secretkey.Generate(policy); err != nil {
			return err
		}
	}
	sub.Settings, err = secretkey.ShowPublic(sub.Settings, sub.Secret, policy)
	return err
}
