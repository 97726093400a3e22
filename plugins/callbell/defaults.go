package callbell

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// timeOr is a time of the data as it was published, else the event's own.
func timeOr(t *string, d *sdk.Delivery) string {
	if t != nil {
		return *t
	}
	return d.Event.Time.UTC().Format(time.RFC3339)
}

// platformOr is a platform of the data, else the event's platform attribute.
func platformOr(p *string, d *sdk.Delivery) *string {
	if p != nil {
		return p
	}
	if platform, ok := d.Event.Extensions["platform"]; ok {
		return &platform
	}
	return nil
}
