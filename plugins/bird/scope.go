package bird

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// What the engine keeps for this adapter with a subscription.
const (
	settingOrganization = "organizationId"
	settingTemplate     = "template"
)

// scope is what a path names. Subscriptions belong to the workspace, so that both
// forms of the path reach the same; the organization is "" in the short form.
type scope struct{ organizationID, workspaceID string }

// newScope writes the ids in lower case: UUIDs that differ in case alone are the
// same (RFC 9562, section 4).
func newScope(organizationID, workspaceID string) scope {
	return scope{strings.ToLower(organizationID), strings.ToLower(workspaceID)}
}

// organization is the one that a subscription was created with, else the one of
// the path, else an id that stands for the account.
func (s scope) organization(ctx context.Context, sub *sdk.Subscription) string {
	switch {
	case sub.Settings[settingOrganization] != "":
		return sub.Settings[settingOrganization]
	case s.organizationID != "":
		return s.organizationID
	default:
		account := sdk.CallerFrom(ctx).AccountID
		return uuid.NewSHA1(uuid.NameSpaceOID, []byte(account)).String()
	}
}

// answer is a subscription as the vendor shows it, without its signing key.
func (s scope) answer(ctx context.Context, sub *sdk.Subscription) bird.WebhookSubscription {
	created, updated := instant(sub.CreatedAt), instant(sub.UpdatedAt)
	out := bird.WebhookSubscription{
		ID: sub.ID, OrganizationID: s.organization(ctx, sub), WorkspaceID: s.workspaceID,
		URL: sub.URL, Status: bird.Inactive, CreatedAt: &created, UpdatedAt: &updated,
	}
	if len(sub.EventTypes) > 0 {
		out.Event = sub.EventTypes[0]
		out.Service, _ = serviceOf(out.Event)
	}
	if sub.Enabled {
		out.Status = bird.Active
	}
	if sub.DisabledReason != "" {
		out.StatusReason = &sub.DisabledReason
	}
	if template, ok := sub.Settings[settingTemplate]; ok {
		out.Template = &template
	}
	if len(sub.Filters) > 0 {
		filters := make([]bird.EventFilter, len(sub.Filters))
		for i, f := range sub.Filters {
			filters[i] = bird.EventFilter{Key: f.Key, Value: f.Value}
		}
		out.EventFilters = &filters
	}
	return out
}

// instant drops what is finer than the milliseconds that the vendor shows.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// subscriptionID is the engine's form of an id; what is no UUID has no subscription.
func subscriptionID(text string) (string, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != len(id.String()) {
		return "", errNoSubscription()
	}
	return id.String(), nil
}

func notFound(err error) error {
	if sdk.IsCode(err, sdk.CodeNotFound) {
		return errNoSubscription()
	}
	return err
}
