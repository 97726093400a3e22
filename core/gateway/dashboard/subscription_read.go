package dashboard

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// changes are what the form says of a subscription.
type changes struct {
	events   []string
	filters  *switchhook.EventFilters
	delivery switchhook.SubscriptionDelivery
	headers  *[]switchhook.Header
	settings *switchhook.Settings
	auth     *switchhook.SubscriptionAuth
}

// readSubscription reads the form; what it cannot read it notes there.
func readSubscription(f Form) changes {
	c := changes{events: f.list("events")}
	if text := f.text("filters"); text != "" {
		raw := switchhook.EventFilters(text)
		if !json.Valid(raw) {
			f.wrong("filters", `Write a JSON list, such as [{"prefix": {"type": "order."}}].`)
		}
		c.filters = &raw
	}
	c.delivery, c.auth = readDelivery(f), readAuth(f)
	if lines := f.list("headers"); len(lines) > 0 {
		headers := make([]switchhook.Header, 0, len(lines))
		for _, line := range lines {
			name, value, ok := strings.Cut(line, ":")
			if !ok {
				f.wrong("headers", "Write one header a line, as Name: value.")
			}
			headers = append(headers, switchhook.Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
		}
		c.headers = &headers
	}
	if lines := f.list("settings"); len(lines) > 0 {
		settings := switchhook.Settings{}
		for _, line := range lines {
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				f.wrong("settings", "Write one setting a line, as name=value.")
			}
			settings[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
		c.settings = &settings
	}
	return c
}

func readDelivery(f Form) switchhook.SubscriptionDelivery {
	d := switchhook.SubscriptionDelivery{
		MaxInFlight: f.integer("delivery.max_in_flight"), MaxPerSecond: f.decimal("delivery.max_per_second"),
		TimeoutSeconds: f.decimal("delivery.timeout_seconds"),
	}
	if !f.On("delivery.traceparent") {
		no := false
		d.Traceparent = &no
	}
	retry := switchhook.SubscriptionRetry{MaxAttempts: f.integer("delivery.retry.max_attempts")}
	if text := f.text("delivery.retry.schedule_seconds"); text != "" {
		var schedule []float64
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
			if err != nil {
				f.wrong("delivery.retry.schedule_seconds", "Write seconds with commas between them, such as 5, 60, 600.")
				break
			}
			schedule = append(schedule, n)
		}
		retry.ScheduleSeconds = &schedule
	}
	if retry.MaxAttempts != nil || retry.ScheduleSeconds != nil {
		d.Retry = &retry
	}
	return d
}
