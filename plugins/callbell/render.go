package callbell

import (
	"context"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Render implements [sdk.Adapter]. The body is {"event","payload"}; there is no
// delivery id and no time in it, as documented.
func (a *adapter) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	body, err := d.SharedBody(func() ([]byte, error) { return body(d) })
	if err != nil {
		return nil, err
	}
	req := &sdk.Request{
		Headers: []sdk.Header{{Name: "Content-Type", Value: "application/json"}},
		Body:    body,
	}
	if d.Subscription.Secret != "" {
		req.Headers = append(req.Headers, sdk.Header{Name: signatureHeader, Value: sign(d, body)})
	}
	return req, nil
}

func body(d *sdk.Delivery) ([]byte, error) {
	raw, err := payload(d)
	if err != nil {
		return nil, err
	}
	return jsondata.Embed(struct {
		Event string `json:"event"`
	}{d.EventType}, "payload", raw)
}

// mappings make the payload of each native type from canonical data.
var mappings = map[string]func(*sdk.Delivery) (any, error){
	"message_created":         messageCreated,
	"message_status_updated":  messageStatusUpdated,
	"contact_created":         contactChanged,
	"contact_updated":         contactChanged,
	"contact_deleted":         contactDeleted,
	"conversation_opened":     conversationOpened,
	"conversation_closed":     conversationClosed,
	"agent_status_updated":    agentStatusUpdated,
	"agent_session_updated":   agentSessionUpdated,
	"team_membership_updated": teamMembershipUpdated,
}

func payload(d *sdk.Delivery) ([]byte, error) {
	if d.Verbatim {
		return jsondata.Verbatim(d)
	}
	mapping, ok := mappings[d.EventType]
	if !ok {
		return nil, sdk.Errorf(sdk.CodeInvalid, "Callbell has no event %q", d.EventType)
	}
	v, err := mapping(d)
	if err != nil {
		return nil, err
	}
	return jsondata.Marshal(v)
}
