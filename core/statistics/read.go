package statistics

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Query selects what to read.
type Query struct {
	// AccountID may be [All].
	AccountID uuid.UUID
	// From and To bound the time; they are widened to whole steps.
	From, To time.Time
	// Step is a whole number of minutes; 0: one that suits the time.
	Step time.Duration
}

// Item is a step of time.
type Item struct {
	// Time is its start.
	Time time.Time
	Counts
}

// Series is what was counted, step by step.
type Series struct {
	From, To time.Time
	Step     time.Duration
	// Items has one item a step, those in which nothing happened too.
	Items []Item
}

// MaxItems is the most steps of one answer.
const MaxItems = 1500

// shownItems is how many steps an answer has at most where none is asked for.
const shownItems = 180

// steps are those that suit people.
var steps = [...]time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// Plan fills in the step of a query, and widens its time to whole steps.
func (q *Query) Plan() {
	for _, step := range steps {
		if q.Step == 0 && q.To.Sub(q.From) <= shownItems*step {
			q.Step = step
		}
	}
	if q.Step == 0 {
		q.Step = steps[len(steps)-1]
	}
	q.From = floor(q.From, q.Step)
	if to := floor(q.To, q.Step); to.Before(q.To) {
		q.To = to.Add(q.Step)
	} else {
		q.To = to
	}
}

// floor is the start of a step; weeks begin on Mondays.
func floor(t time.Time, step time.Duration) time.Time { return t.UTC().Truncate(step) }

// Items is how many steps a planned query has.
func (q *Query) Items() int { return int(q.To.Sub(q.From) / q.Step) }

// Read sums the counts of all nodes up, for a query that is planned and has at
// most [MaxItems].
func Read(ctx context.Context, s Store, q Query) (*Series, error) {
	out := &Series{From: q.From, To: q.To, Step: q.Step, Items: make([]Item, q.Items())}
	for i := range out.Items {
		out.Items[i].Time = q.From.Add(time.Duration(i) * q.Step)
	}
	err := s.Statistics(ctx, q.AccountID, q.From, q.To, func(r *Row) {
		if i := int(r.Minute.Sub(q.From) / q.Step); i >= 0 && i < len(out.Items) {
			out.Items[i].Add(&r.Counts)
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
