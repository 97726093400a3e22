package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// deliveryFlags are the settings of deliveries by their flags. set reads a text;
// "" is the operator's and the provider's own.
var deliveryFlags = []struct {
	name, usage string
	set         func(*switchhook.SubscriptionDelivery, string) error
}{
	{"max-in-flight", "most requests at one time, 1 to 1000", func(d *switchhook.SubscriptionDelivery, text string) (err error) {
		d.MaxInFlight, err = numberText[int](text, "a whole number")
		return err
	}},
	{"max-per-second", "most requests in a second; 0.1 is one in ten seconds", func(d *switchhook.SubscriptionDelivery, text string) (err error) {
		d.MaxPerSecond, err = numberText[float64](text, "a number")
		return err
	}},
	{"timeout", "how long one attempt may take, such as 20s, at most 60s", func(d *switchhook.SubscriptionDelivery, text string) (err error) {
		d.TimeoutSeconds, err = secondsText(text)
		return err
	}},
	{"retry-schedule", "waits before the second, third, … attempt, such as 5s,1m,10m; the last repeats", func(d *switchhook.SubscriptionDelivery, text string) error {
		if d.Retry.ScheduleSeconds = nil; text == "" {
			return nil
		}
		var waits []float64
		for part := range strings.SplitSeq(text, ",") {
			wait, err := secondsText(strings.TrimSpace(part))
			if err != nil || wait == nil {
				return errors.New("must be durations such as 5s,1m,10m")
			}
			waits = append(waits, *wait)
		}
		d.Retry.ScheduleSeconds = &waits
		return nil
	}},
	{"max-attempts", "most attempts, 1 to 100; 1 is no retry", func(d *switchhook.SubscriptionDelivery, text string) (err error) {
		d.Retry.MaxAttempts, err = numberText[int](text, "a whole number")
		return err
	}},
	{"traceparent", "whether requests carry the trace context: true or false", func(d *switchhook.SubscriptionDelivery, text string) error {
		if d.Traceparent = nil; text == "" {
			return nil
		}
		on, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("must be true or false")
		}
		d.Traceparent = &on
		return nil
	}},
}

// numberText reads a number of a kind that what names; nil for "".
func numberText[T any](text, what string) (*T, error) {
	if text == "" {
		return nil, nil
	}
	var n *T
	if json.Unmarshal([]byte(text), &n) != nil || n == nil {
		return nil, errors.New("must be " + what)
	}
	return n, nil
}

// secondsText reads a duration; nil for "".
func secondsText(text string) (*float64, error) {
	if text == "" {
		return nil, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, errors.New("must be a duration such as 20s")
	}
	seconds := d.Seconds()
	return &seconds, nil
}

// defaultWord stands for the operator's or the provider's own setting.
const defaultWord = "default"

func addDeliveryFlags(cmd *cobra.Command) {
	for _, f := range deliveryFlags {
		cmd.Flags().String(f.name, "", f.usage+"; or default")
	}
}

// namesDelivery tells whether a flag of these was given.
func namesDelivery(cmd *cobra.Command) bool {
	for _, f := range deliveryFlags {
		if cmd.Flags().Changed(f.name) {
			return true
		}
	}
	return false
}

// deliveryOf returns settings with those that flags name in place.
func deliveryOf(cmd *cobra.Command, now switchhook.SubscriptionDelivery) (*switchhook.SubscriptionDelivery, error) {
	if now.Retry == nil {
		now.Retry = &switchhook.SubscriptionRetry{}
	}
	for _, f := range deliveryFlags {
		text := stringFlag(cmd, f.name)
		switch {
		case text == nil:
			continue
		case *text == defaultWord:
			*text = ""
		case *text == "":
			return nil, fmt.Errorf("--%s: is empty; %s is the gateway's own", f.name, defaultWord)
		}
		if err := f.set(&now, *text); err != nil {
			return nil, fmt.Errorf("--%s: %w, or %s", f.name, err, defaultWord)
		}
	}
	if *now.Retry == (switchhook.SubscriptionRetry{}) {
		now.Retry = nil
	}
	return &now, nil
}

// changedDelivery is the whole of a subscription's settings, since the API replaces
// them at once, with the ETag of the state that they were read in.
func (s *session) changedDelivery(ctx context.Context, cmd *cobra.Command, id uuid.UUID) (d *switchhook.SubscriptionDelivery, tag string, err error) {
	body, tag, err := answer.Tagged(s.GetSubscription(ctx, id))
	if err != nil {
		return nil, "", err
	}
	now, err := answer.Decode[switchhook.Subscription](body)
	if err != nil {
		return nil, "", err
	}
	d, err = deliveryOf(cmd, now.Delivery)
	return d, tag, err
}
