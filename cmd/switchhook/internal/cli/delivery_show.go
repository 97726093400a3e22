package cli

import (
	"fmt"
	"strings"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func showDelivery(p *printer, d switchhook.Delivery) {
	p.field("id", d.ID)
	p.field("event", d.EventID)
	p.field("subscription", d.SubscriptionID)
	p.field("provider", d.Provider)
	p.field("type", d.EventType)
	p.field("status", d.Status)
	p.field("next attempt", d.NextAttemptAt)
	p.field("trace", d.TraceID)
	p.field("created", d.CreatedAt)
	if len(d.Attempts) == 0 {
		return
	}
	p.row()
	p.row("ATTEMPT", "STARTED", "MS", "DNS", "CONNECT", "TLS", "FIRST BYTE", "RESULT")
	for i := range d.Attempts {
		a := &d.Attempts[i]
		var t switchhook.Timings
		if a.Timings != nil {
			t = *a.Timings
		}
		p.row(a.Number, a.StartedAt, ms(a.DurationMs), ms(t.DNSMs), ms(t.ConnectMs), ms(t.TLSMs), ms(t.FirstByteMs), result(a))
	}
	showExchange(p, &d.Attempts[len(d.Attempts)-1])
}

// ms shows milliseconds; a part that did not happen is a dash.
func ms(n float64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", n)
}

// showExchange shows what was sent and answered in the last attempt, which tells
// what is the matter now.
func showExchange(p *printer, a *switchhook.Attempt) {
	showHeaders(p, fmt.Sprintf("REQUEST OF ATTEMPT %d", a.Number), a.RequestHeaders)
	showHeaders(p, fmt.Sprintf("ANSWER TO ATTEMPT %d", a.Number), a.ResponseHeaders)
	if body := strings.TrimSpace(cell(a.ResponseBody)); body != "" {
		p.row()
		p.line(body)
	}
}

func showHeaders(p *printer, title string, headers *[]switchhook.Header) {
	if headers == nil || len(*headers) == 0 {
		return
	}
	p.row()
	p.row(title)
	for _, h := range *headers {
		p.row(h.Name, h.Value)
	}
}

func lastAttempt(attempts []switchhook.Attempt) string {
	if len(attempts) == 0 {
		return ""
	}
	return result(&attempts[len(attempts)-1])
}

// result is what came of an attempt.
func result(a *switchhook.Attempt) string {
	var text string
	if a.ResponseStatus != nil {
		text = fmt.Sprint(*a.ResponseStatus)
	}
	if a.Error != nil {
		text += " " + *a.Error
	}
	return strings.TrimSpace(text)
}
