package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// maxPage bounds what is read of one page, in bytes.
const maxPage = 256 << 20

// pages yields the items of a list, asking for the next page when it is needed. An
// error is yielded once, and ends it.
func pages[T any](fetch func(cursor *string) (*http.Response, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var cursor *string
		for {
			items, next, err := readPage[T](fetch(cursor)) //nolint:bodyclose // readPage closes it
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == nil {
				return
			}
			cursor = next
		}
	}
}

func readPage[T any](resp *http.Response, err error) (items []T, next *string, _ error) {
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var page struct {
		Items      []T     `json:"items"`
		NextCursor *string `json:"next_cursor"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxPage)).Decode(&page); err != nil {
		return nil, nil, fmt.Errorf("read a page: %w", err)
	}
	return page.Items, page.NextCursor, nil
}

// Accounts yields all accounts, oldest first.
func (c *Client) Accounts(ctx context.Context, params switchhook.ListAccountsParams) iter.Seq2[switchhook.Account, error] {
	return pages[switchhook.Account](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListAccounts(ctx, &params)
	})
}

// AuditLog yields who changed what, newest first.
func (c *Client) AuditLog(ctx context.Context, params switchhook.ListAuditLogParams) iter.Seq2[switchhook.AuditEntry, error] {
	return pages[switchhook.AuditEntry](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListAuditLog(ctx, &params)
	})
}

// Deliveries yields the deliveries that params choose, newest event first.
func (c *Client) Deliveries(ctx context.Context, params switchhook.ListDeliveriesParams) iter.Seq2[switchhook.Delivery, error] {
	return pages[switchhook.Delivery](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListDeliveries(ctx, &params)
	})
}

// Events yields the events that params choose, newest first, without their data.
func (c *Client) Events(ctx context.Context, params switchhook.ListEventsParams) iter.Seq2[switchhook.EventSummary, error] {
	return pages[switchhook.EventSummary](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListEvents(ctx, &params)
	})
}

// EventTypes yields the event types that the account describes and the canonical
// ones, by name.
func (c *Client) EventTypes(ctx context.Context, params switchhook.ListEventTypesParams) iter.Seq2[switchhook.AccountEventType, error] {
	return pages[switchhook.AccountEventType](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListEventTypes(ctx, &params)
	})
}

// Keys yields the account's keys, oldest first, revoked ones too.
func (c *Client) Keys(ctx context.Context, params switchhook.ListKeysParams) iter.Seq2[switchhook.Key, error] {
	return pages[switchhook.Key](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListKeys(ctx, &params)
	})
}

// Replays yields the account's replays, newest first.
func (c *Client) Replays(ctx context.Context, params switchhook.ListReplaysParams) iter.Seq2[switchhook.Replay, error] {
	return pages[switchhook.Replay](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListReplays(ctx, &params)
	})
}

// Subscriptions yields the subscriptions that params choose, oldest first.
func (c *Client) Subscriptions(ctx context.Context, params switchhook.ListSubscriptionsParams) iter.Seq2[switchhook.Subscription, error] {
	return pages[switchhook.Subscription](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListSubscriptions(ctx, &params)
	})
}

// Traces yields the recorded traces that params choose, those written to last first.
func (c *Client) Traces(ctx context.Context, params switchhook.ListTracesParams) iter.Seq2[switchhook.TraceSummary, error] {
	return pages[switchhook.TraceSummary](func(cursor *string) (*http.Response, error) {
		params.Cursor = cursor
		return c.raw.ListTraces(ctx, &params)
	})
}
