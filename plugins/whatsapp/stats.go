package whatsapp

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/gen/whatsapp"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// statsWindow is the time that deliveries are counted for (documented).
const statsWindow = 24 * time.Hour

// GetWebhookStats counts the account's webhooks and deliveries.
func (*api) GetWebhookStats(ctx context.Context, _ whatsapp.GetWebhookStatsRequestObject) (whatsapp.GetWebhookStatsResponseObject, error) {
	const action = "retrieve webhook statistics"
	subs, err := sdk.AllSubscriptions(ctx)
	if err != nil {
		return nil, failed(action, err)
	}
	stats := whatsapp.WebhookStats{TotalWebhooks: len(subs)}
	for i := range subs {
		if subs[i].Enabled {
			stats.ActiveWebhooks++
		}
	}
	since := time.Now().Add(-statsWindow)
	for _, c := range []struct {
		into     *int
		statuses []sdk.DeliveryStatus
	}{
		{&stats.TotalDeliveries, nil},
		{&stats.SuccessfulDeliveries, []sdk.DeliveryStatus{sdk.DeliveryDelivered}},
		{&stats.FailedDeliveries, []sdk.DeliveryStatus{sdk.DeliveryDead, sdk.DeliveryCancelled}},
	} {
		list, err := sdk.EngineFrom(ctx).ListDeliveries(ctx, sdk.DeliveryQuery{Statuses: c.statuses, Since: since, CountOnly: true})
		if err != nil {
			return nil, failed(action, err)
		}
		*c.into = list.Total
	}
	stats.SuccessRate = successRate(stats.SuccessfulDeliveries, stats.FailedDeliveries)
	return whatsapp.GetWebhookStats200JSONResponse{
		Status: true, Code: http.StatusOK, Message: "Webhook statistics retrieved successfully", Data: stats,
	}, nil
}

// successRate is a percentage with two decimals, as in the documented example:
// 5380 of 5420 are 99.26. Deliveries on their way count as neither.
func successRate(succeeded, failed int) float64 {
	if succeeded+failed == 0 {
		return 0
	}
	return math.Round(float64(succeeded)/float64(succeeded+failed)*10_000) / 100
}
