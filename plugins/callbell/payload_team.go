package callbell

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// team is the vendor's Team object.
type team struct {
	Name      *string `json:"name"`
	UUID      *string `json:"uuid"`
	Default   *bool   `json:"default"`
	Members   *int    `json:"members"`
	CreatedAt *string `json:"createdAt"`
}

func newTeam(t *events.Team) *team {
	if t == nil {
		return nil
	}
	return &team{Name: t.Name, UUID: t.ID, Default: t.Default, Members: t.Members, CreatedAt: t.CreatedAt}
}

// teamMember spells its time lastUpdateAt, unlike [member]: so does the vendor.
type teamMember struct {
	Email        *string `json:"email"`
	Available    *bool   `json:"available"`
	LastUpdateAt *string `json:"lastUpdateAt"`
}

func teamMembershipUpdated(d *sdk.Delivery) (any, error) {
	var data events.TeamMembershipChanged
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	var reason string
	switch data.Action {
	case events.Added:
		reason = "agent_added"
	case events.Removed:
		reason = "agent_removed"
	default:
		return nil, badAction(d, "added or removed")
	}
	return struct {
		Team         *team      `json:"team"`
		User         teamMember `json:"user"`
		Reason       string     `json:"reason"`
		LastUpdateAt string     `json:"lastUpdateAt"`
	}{
		newTeam(&data.Team),
		teamMember{Email: data.Agent.Email, Available: data.Agent.Available, LastUpdateAt: data.Agent.UpdatedAt},
		reason, timeOr(data.OccurredAt, d),
	}, nil
}
