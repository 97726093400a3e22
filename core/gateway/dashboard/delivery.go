package dashboard

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// deliveryPage shows one delivery with what happened to it.
type deliveryPage struct {
	switchhook.Delivery
	Subscription *switchhook.Subscription
	Event        *switchhook.Event
	Attempts     []attempt
	Trace        *waterfall
	// Open tells that something will still happen: the page follows it.
	Open       bool
	CanRetry   bool
	CanCancel  bool
	Self, Once string
}

// attempt is one request with its phases as parts of its time.
type attempt struct {
	switchhook.Attempt
	Failed bool
	Phases []phase
}

// phase is a part of an attempt; Start and Width are in per cent of the whole.
type phase struct {
	Name, Class  string
	Ms           float64
	Start, Width string
}

func (v *visit) delivery() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	got, err := v.api.GetDeliveryWithResponse(v, id)
	if err != nil {
		return err
	}
	out := deliveryPage{Delivery: *got.JSON200, Self: v.r.URL.Path, Once: once()}
	switch out.Status {
	case switchhook.DeliveryStatusPending, switchhook.DeliveryStatusRetrying:
		out.Open, out.CanCancel = true, true
		out.CanRetry = out.Status == switchhook.DeliveryStatusRetrying
	default:
		out.CanRetry = true
	}
	for _, a := range got.JSON200.Attempts {
		out.Attempts = append(out.Attempts, newAttempt(a))
	}
	// What is beside the delivery may be gone, or not be for this key to see.
	if s, err := v.api.GetSubscriptionWithResponse(v, out.SubscriptionID); err == nil {
		out.Subscription = s.JSON200
	}
	if e, err := v.api.GetEventWithResponse(v, out.EventID); err == nil {
		out.Event = e.JSON200
	}
	out.Trace = v.deliveryTrace(id)
	return v.render("delivery", "deliveries", out.EventType+" "+string(out.Status), out)
}

// newAttempt divides an attempt's time.
func newAttempt(a switchhook.Attempt) attempt {
	out := attempt{Attempt: a, Failed: a.Error != nil}
	if a.Timings == nil || a.Timings.TotalMs <= 0 {
		return out
	}
	t, at := a.Timings, 0.0
	add := func(name, class string, ms float64) {
		if ms <= 0 {
			return
		}
		out.Phases = append(out.Phases, phase{Name: name, Class: class, Ms: ms, Start: percent(at / t.TotalMs), Width: percent(ms / t.TotalMs)})
		at += ms
	}
	add("DNS", "dns", t.DNSMs)
	add("connect", "connect", t.ConnectMs)
	add("TLS", "tls", t.TLSMs)
	add("wait", "wait", t.FirstByteMs-at)
	add("body", "body", t.TotalMs-at)
	return out
}

// percent is a share of a whole as an attribute of SVG has it.
func percent(share float64) string {
	return fmt.Sprintf("%.3f%%", 100*min(max(share, 0), 1))
}

func (v *visit) retryDelivery() error {
	return v.act("/deliveries/", "retried", func(id uuid.UUID, once switchhook.RequestEditorFn) error {
		_, err := v.api.RetryDeliveryWithResponse(v, id, once)
		return err
	})
}

func (v *visit) cancelDelivery() error {
	return v.act("/deliveries/", "cancelled", func(id uuid.UUID, once switchhook.RequestEditorFn) error {
		_, err := v.api.CancelDeliveryWithResponse(v, id, once)
		return err
	})
}
