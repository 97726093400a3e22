package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// pageSize is the most deliveries of a page.
const pageSize = "100"

// Delivery is one as the unified API shows it.
type Delivery struct {
	ID             string `json:"id"`
	EventID        string `json:"event_id"`
	SubscriptionID string `json:"subscription_id"`
	// Status is pending, retrying, delivered, dead or cancelled.
	Status string `json:"status"`
	// Attempts are the oldest first.
	Attempts []Attempt `json:"attempts"`
}

// Attempt is one HTTP request of a delivery.
type Attempt struct {
	Number int `json:"number"`
	// ResponseStatus is 0 where no answer came.
	ResponseStatus int `json:"response_status"`
}

// Deliveries gives yield a page of deliveries at a time, of those in the states
// alone, or all where none is named, until there are no more or yield returns false.
func (g *Gateway) Deliveries(ctx context.Context, yield func([]Delivery) bool, states ...string) error {
	query := url.Values{"limit": {pageSize}}
	if len(states) > 0 {
		query.Set("status", strings.Join(states, ","))
	}
	for {
		answer, err := g.send(ctx, http.MethodGet, "/v1/deliveries?"+query.Encode(), "", nil, http.StatusOK)
		if err != nil {
			return err
		}
		var page struct {
			Items      []Delivery `json:"items"`
			NextCursor *string    `json:"next_cursor"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return fmt.Errorf("the gateway's list of deliveries is not understood: %w", err)
		}
		if !yield(page.Items) || page.NextCursor == nil {
			return nil
		}
		query.Set("cursor", *page.NextCursor)
	}
}
