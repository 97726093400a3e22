package dashboard

import (
	"fmt"
	"time"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// figures are rates, latency, errors and backlog over time.
type figures struct {
	switchhook.Statistics
	Range  string
	Ranges []timeRange
	// All tells that they are those of every account together.
	All bool
	// AllOn and AllOff are the addresses that change that; "" where the key may not.
	AllOn, AllOff string
	// Sums over the range.
	Published, Refused, Delivered, Dead, FailedAttempts int64
	// Success is the share of attempts that succeeded, in words.
	Success string
	// Latency is that of the latest step in which something was delivered.
	Latency *switchhook.LatencyQuantiles
	// Backlog is the latest, Peak the highest.
	Backlog, Peak int64
}

// timeRange is one that can be chosen.
type timeRange struct {
	Name, Words, Address string
	span                 time.Duration
	step                 int
}

var timeRanges = []timeRange{
	{Name: "1h", Words: "hour", span: time.Hour, step: 60},
	{Name: "24h", Words: "day", span: 24 * time.Hour, step: 600},
	{Name: "7d", Words: "week", span: 7 * 24 * time.Hour, step: 3600},
	{Name: "30d", Words: "30 days", span: 30 * 24 * time.Hour, step: 6 * 3600},
}

// figures reads the statistics; nil where they cannot be had.
func (v *visit) figures() *figures {
	q := v.r.URL.Query()
	chosen := timeRanges[0]
	out := &figures{}
	for _, r := range timeRanges {
		if r.Name == q.Get("range") {
			chosen = r
		}
		r.Address = v.address("range", r.Name)
		out.Ranges = append(out.Ranges, r)
	}
	out.Range = chosen.Name
	to := v.d.cfg.Now()
	from := to.Add(-chosen.span)
	params := switchhook.GetStatisticsParams{From: &from, To: &to, Step: &chosen.step}
	if v.session.Operator {
		out.AllOn, out.AllOff = v.address("all", "1"), v.address("all", "")
		if q.Get("all") != "" {
			out.All = true
			params.All = &out.All
		}
	}
	got, err := v.api.GetStatisticsWithResponse(v, &params)
	if err != nil {
		return nil
	}
	out.Statistics = *got.JSON200
	out.sum()
	return out
}

func (f *figures) sum() {
	for _, i := range f.Items {
		f.Published += i.Published
		f.Refused += i.Refused
		f.Delivered += i.Delivered
		f.Dead += i.Dead
		f.FailedAttempts += i.FailedAttempts
		f.Backlog, f.Peak = i.Backlog, max(f.Peak, i.Backlog)
		if i.LatencyMs != nil {
			f.Latency = i.LatencyMs
		}
	}
	f.Success = "–"
	if attempts := f.Delivered + f.FailedAttempts; attempts > 0 {
		f.Success = share(f.Delivered, attempts)
	}
}

// share words a part of a whole; what is not all of it is never shown as 100 %.
func share(part, whole int64) string {
	if part == whole {
		return "100 %"
	}
	return fmt.Sprintf("%.1f %%", min(99.9, 100*float64(part)/float64(whole)))
}
