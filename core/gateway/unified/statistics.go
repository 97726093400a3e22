package unified

import (
	"context"
	"fmt"
	"time"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/core/statistics"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// shownTime is what statistics are of where no time is asked for.
const shownTime = time.Hour

// GetStatistics reads what was published and delivered over time.
func (s *server) GetStatistics(ctx context.Context, req switchhook.GetStatisticsRequestObject) (switchhook.GetStatisticsResponseObject, error) {
	who, p := principal(ctx), req.Params
	q := statistics.Query{AccountID: who.AccountID, To: s.Now(), Step: time.Duration(value(p.Step)) * time.Second}
	if value(p.All) {
		if err := authorize(who, scopeOperator); err != nil {
			return nil, err
		}
		q.AccountID = statistics.All
	}
	if p.To != nil {
		q.To = *p.To
	}
	if q.From = q.To.Add(-shownTime); p.From != nil {
		q.From = *p.From
	}
	if err := checkRange("from", "to", q.From, q.To); err != nil {
		return nil, err
	}
	if q.Step%time.Minute != 0 {
		return nil, explain.Invalid(sdk.FieldError{In: "query", Field: "step", Message: "must be a multiple of 60"})
	}
	q.Plan()
	if q.Items() > statistics.MaxItems {
		return nil, explain.Invalid(sdk.FieldError{
			In: "query", Field: "step", Message: fmt.Sprintf("makes more than %d items of this time; take a larger one", statistics.MaxItems),
		})
	}
	series, err := statistics.Read(ctx, s.Statistics, q)
	if err != nil {
		return nil, err
	}
	return switchhook.GetStatistics200JSONResponse(statisticsOut(series)), nil
}

func statisticsOut(s *statistics.Series) switchhook.Statistics {
	out := switchhook.Statistics{
		From: s.From, To: s.To, Step: int(s.Step / time.Second), Items: make([]switchhook.StatisticsItem, len(s.Items)),
	}
	for i := range s.Items {
		n := &s.Items[i]
		out.Items[i] = switchhook.StatisticsItem{
			Time: n.Time, Published: n.Published, Refused: n.Refused, Delivered: n.Delivered, Dead: n.Dead,
			FailedAttempts: n.FailedAttempts, Backlog: n.Backlog,
		}
		if n.Latency.Count() > 0 {
			out.Items[i].LatencyMs = &switchhook.LatencyQuantiles{
				P50: inMillis(n.Latency.Quantile(0.5)), P95: inMillis(n.Latency.Quantile(0.95)), P99: inMillis(n.Latency.Quantile(0.99)),
			}
		}
	}
	return out
}
