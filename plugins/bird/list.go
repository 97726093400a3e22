package bird

import (
	"context"

	"github.com/switchhook/switchhook/gen/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// defaultLimit is documented for logs; for subscriptions two pages differ, 10 and 25.
	defaultLimit = 10
	// maxScan bounds how many subscriptions one request looks at for its filters.
	maxScan = 5000
	// scanPage is how many the engine is asked for at once where none is answered.
	scanPage = 100
)

// search is what a list of subscriptions is filtered by; nil is anything.
type search bird.ListWebhookSubscriptionsParams

func (q search) matches(s *bird.WebhookSubscription) bool {
	return equal(q.SearchService, s.Service) && equal(q.SearchEvent, s.Event) &&
		equal(q.SearchStatus, s.Status) && equal(q.SearchURL, s.URL)
}

func (q search) all() bool {
	return q.SearchService == nil && q.SearchEvent == nil && q.SearchStatus == nil && q.SearchURL == nil
}

func equal[T comparable](want *T, have T) bool { return want == nil || *want == have }

// list returns a page. Pages of the engine are never larger than what is still
// wanted, so that their cursors are those of the answer's pages too.
func (s scope) list(ctx context.Context, q search) (bird.WebhookSubscriptionList, error) {
	out := bird.WebhookSubscriptionList{Results: []bird.WebhookSubscription{}}
	wanted, cursor := limitOf(q.Limit), text(q.PageToken)
	for scanned := 0; ; {
		page, err := sdk.EngineFrom(ctx).ListSubscriptions(ctx, wanted-len(out.Results), cursor)
		if err != nil {
			return out, badPageToken(err, cursor)
		}
		for i := range page.Subscriptions {
			if sub := s.answer(ctx, &page.Subscriptions[i]); q.matches(&sub) {
				out.Results = append(out.Results, sub)
			}
		}
		scanned += len(page.Subscriptions)
		cursor = page.NextCursor
		if cursor == "" || len(out.Results) == wanted || scanned >= maxScan {
			break
		}
	}
	more, err := s.anyAfter(ctx, q, cursor)
	if err != nil {
		return out, err
	}
	if more {
		out.NextPageToken = &cursor
	}
	return out, nil
}

// anyAfter tells whether a further page has anything: the token is absent on the
// last page (documented).
func (s scope) anyAfter(ctx context.Context, q search, cursor string) (bool, error) {
	for scanned := 0; cursor != "" && !q.all() && scanned < maxScan; {
		page, err := sdk.EngineFrom(ctx).ListSubscriptions(ctx, scanPage, cursor)
		if err != nil {
			return false, err
		}
		for i := range page.Subscriptions {
			if sub := s.answer(ctx, &page.Subscriptions[i]); q.matches(&sub) {
				return true, nil
			}
		}
		scanned += len(page.Subscriptions)
		cursor = page.NextCursor
	}
	return cursor != "", nil
}

func limitOf(limit *int) int {
	if limit == nil || *limit < 1 {
		return defaultLimit
	}
	return min(*limit, 100)
}

// badPageToken names the parameter for a cursor that the engine refuses.
func badPageToken(err error, cursor string) error {
	if cursor != "" && sdk.IsCode(err, sdk.CodeInvalid) {
		return sdk.InvalidQuery("pageToken", "must be the nextPageToken of the page before")
	}
	return err
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
