package dashboard

import (
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/openapi/client"
)

// overviewPage says in one look whether events arrive.
type overviewPage struct {
	Figures *figures
	// Failed are the latest deliveries that are dead or tried again.
	Failed []switchhook.Delivery
	// Troubled are subscriptions that fail or were disabled.
	Troubled []subscriptionRow
	// Down are providers whose plugin is not up.
	Down  []switchhook.Provider
	Names map[uuid.UUID]string
	// Empty tells that there is no subscription yet; Quiet that there is no event.
	Empty, Quiet bool
	Self         string
	Origin       string
}

const failedShown = 8

func (v *visit) overview() error {
	out := overviewPage{Self: v.address("notice", ""), Names: map[uuid.UUID]string{}, Origin: v.origin()}
	limit := mostNames
	subs, err := v.api.ListSubscriptionsWithResponse(v, &switchhook.ListSubscriptionsParams{Limit: &limit})
	if err != nil && !denied(err) {
		return err
	}
	if err == nil {
		for _, s := range subs.JSON200.Items {
			out.Names[s.ID] = nameOf(s.Name, s.URL)
			if row := newRow(s); row.State != "enabled" && len(out.Troubled) < failedShown {
				out.Troubled = append(out.Troubled, row)
			}
		}
		out.Empty = len(subs.JSON200.Items) == 0
	}
	failed := failedShown
	list, err := v.api.ListDeliveriesWithResponse(v, &switchhook.ListDeliveriesParams{
		Limit: &failed, Status: &[]switchhook.DeliveryStatus{switchhook.DeliveryStatusDead, switchhook.DeliveryStatusRetrying},
	})
	if err != nil && !denied(err) {
		return err
	}
	if err == nil {
		out.Failed = list.JSON200.Items
	}
	if providers, err := v.api.ListProvidersWithResponse(v); err == nil {
		for _, p := range providers.JSON200.Items {
			if p.State != switchhook.Up {
				out.Down = append(out.Down, p)
			}
		}
	}
	out.Figures = v.figures()
	one := 1
	if events, err := v.api.ListEventsWithResponse(v, &switchhook.ListEventsParams{Limit: &one}); err == nil {
		out.Quiet = len(events.JSON200.Items) == 0
	}
	return v.render("overview", "overview", "Overview", out)
}

// denied tells that the key may not see something.
func denied(err error) bool {
	var p *client.Problem
	return errors.As(err, &p) && p.Status == http.StatusForbidden
}

// origin is the address of the gateway as the reader's browser has it.
func (v *visit) origin() string {
	scheme := "http://"
	if v.d.cfg.HTTPS || v.r.TLS != nil {
		scheme = "https://"
	}
	return scheme + v.r.Host
}
