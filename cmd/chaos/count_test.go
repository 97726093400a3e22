package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
	"github.com/switchhook/switchhook/cmd/internal/load"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const problem = `{"status":503,"code":"unavailable","detail":"later"}`
	answer := func(status int, kind, retryAfter, body string) error {
		return &gateway.RefusedError{Status: status, ContentType: kind, RetryAfter: retryAfter, Body: []byte(body)}
	}
	for name, test := range map[string]struct {
		err  error
		want fate
		text string
	}{
		"accepted":      {nil, accepted, ""},
		"clear":         {answer(503, "application/problem+json; charset=utf-8", "1", problem), refused, ""},
		"not sent":      {&net.OpError{Op: "dial", Err: errors.New("refused")}, unsent, ""},
		"lost":          {&net.OpError{Op: "read", Err: errors.New("reset")}, unanswered, ""},
		"late":          {context.DeadlineExceeded, unanswered, ""},
		"500":           {answer(500, "application/problem+json", "1", problem), surprising, "500 instead of 503"},
		"plain":         {answer(503, "text/plain", "1", problem), surprising, `content type "text/plain"`},
		"no problem":    {answer(503, "application/problem+json", "1", "gone"), surprising, "no problem as its body"},
		"other code":    {answer(503, "application/problem+json", "1", `{"status":503,"code":"internal","detail":"x"}`), surprising, "without its status, code or detail"},
		"without after": {answer(503, "application/problem+json", "", problem), surprising, "no Retry-After"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := judge(test.err)
			require.Equal(t, test.want, got)
			if test.text == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.text)
			}
		})
	}
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	l := load.New("r", 4, 1, nil)
	at := func(ms ...int64) (out []int64) {
		for _, v := range ms {
			out = append(out, v*int64(time.Millisecond))
		}
		return out
	}
	l.Accepted = at(10, 20, 0, 150)
	f := func(ms int64) faults { return faults{{"first", time.Unix(0, ms*int64(time.Millisecond))}} }
	for name, test := range map[string]struct {
		arrivals []int64
		fault    int64
		want     int64
	}{
		"all had arrived":          {at(15, 25, 30, 155, 15, 25, 30, 160), 100, 60},
		"one comes after":          {at(15, 400, 0, 155, 15, 25, 30, 160), 100, 300},
		"in the other copy":        {at(15, 25, 0, 155, 15, 500, 30, 160), 100, 400},
		"what was not counts not":  {at(15, 25, 900, 155, 15, 25, 900, 155), 100, 55},
		"a copy gets later events": {at(15, 25, 0, 155, 15, 25, 0, 700), 100, 600},
		"nothing comes after":      {at(15, 25, 0, 155, 15, 25, 0, 155), 1000, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			longest, of := f(test.fault).longest(l, load.Arrivals(test.arrivals))
			require.Equal(t, time.Duration(test.want)*time.Millisecond, longest)
			require.Equal(t, "first", of)
		})
	}
	longest, of := append(f(1000), fault{"second", time.Unix(0, 100*int64(time.Millisecond))}).longest(l, at(15, 400, 0, 155))
	require.Equal(t, 300*time.Millisecond, longest)
	require.Equal(t, "second", of)
}

func TestLedger(t *testing.T) {
	t.Parallel()
	good := func(event string, statuses ...int) gateway.Delivery {
		d := gateway.Delivery{ID: "d-" + event, EventID: event, Status: "delivered"}
		for i, s := range statuses {
			d.Attempts = append(d.Attempts, gateway.Attempt{Number: i + 1, ResponseStatus: s})
		}
		return d
	}
	with := func(d gateway.Delivery, change func(*gateway.Delivery)) gateway.Delivery { change(&d); return d }
	for name, test := range map[string]struct {
		deliveries []gateway.Delivery
		want       []string
	}{
		"as it should": {[]gateway.Delivery{good("a", 204), good("a", 500, 0, 204), good("unanswered", 204)}, nil},
		"missing": {
			[]gateway.Delivery{good("a", 204)},
			[]string{"the acknowledged event a has 1 deliveries recorded as delivered instead of 2"},
		},
		"open": {
			[]gateway.Delivery{good("a", 204), good("a", 204), with(good("b", 500), func(d *gateway.Delivery) { d.Status = "retrying" })},
			[]string{"delivery d-b of event b is retrying after 1 attempts"},
		},
		"two owners": {
			[]gateway.Delivery{good("a", 204, 204), good("a", 204)},
			[]string{"attempt 1 of 2 of delivery d-a has the status 204"},
		},
		"a gap": {
			[]gateway.Delivery{good("a", 204), with(good("a", 500, 204), func(d *gateway.Delivery) { d.Attempts[1].Number = 3 })},
			[]string{"delivery d-a has no attempt 2 but 3"},
		},
		"no success": {
			[]gateway.Delivery{good("a", 204), good("a", 500)},
			[]string{"attempt 1 of 1 of delivery d-a has the status 500"},
		},
		"no attempt": {[]gateway.Delivery{good("a", 204), good("a")}, []string{"delivery d-a is delivered without an attempt"}},
		"many": {
			[]gateway.Delivery{good("a"), good("a"), good("b"), good("c"), good("d")},
			[]string{
				"delivery d-a is delivered without an attempt", "delivery d-a is delivered without an attempt",
				"delivery d-b is delivered without an attempt", "2 more such findings",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLedger()
			for _, d := range test.deliveries {
				l.add(d)
			}
			require.Equal(t, test.want, l.close([]string{"a", ""}, 2))
		})
	}
	l := newLedger()
	l.add(good("a", 204))
	require.Equal(t, []string{"events 1 and 3 were both acknowledged as a"}, l.close([]string{"", "a", "", "a"}, 1))
	l = newLedger()
	l.add(good("a", 500, 0, 204))
	require.EqualValues(t, 2, l.answered)
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := &report{Seed: 5, Results: []*result{
		{Case: "kill", Store: "SQLite", Promise: "all arrives", Faults: 4, Acknowledged: 10, Expected: 30, Duplicates: 2, Recovery: 1.25, Notes: []string{"noted"}},
		{Case: "disk", Promise: "none", Skipped: "skipped: no disk"},
	}}
	require.NoError(t, r.Verdict())
	var out bytes.Buffer
	require.NoError(t, r.Print(&out))
	require.Contains(t, out.String(), `
case  store   faults  events acknowledged  deliveries expected  lost  duplicates  longest recovery  verdict
kill  SQLite  4       10                   30                   0     2           1.2 s             kept
disk  -       -       -                    -                    -     -           -                 skipped

kill/SQLite: all arrives
  noted
disk: none
  skipped: no disk
`)
	r.Results = append(r.Results, &result{Case: "nodes", Store: "Postgres", Lost: 2}, &result{Case: "hang", Store: "SQLite", Broken: []string{"too slow"}})
	require.EqualError(t, r.Verdict(), "nodes on Postgres: 2 deliveries of acknowledged events did not arrive\nhang on SQLite: too slow\nrepeat it with --seed 5")
	require.Equal(t, "LOST", r.Results[2].verdict())
	require.Equal(t, "BROKEN", r.Results[3].verdict())
	require.NoError(t, r.Print(&out))
	require.Contains(t, out.String(), "  BROKEN: too slow\n")
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		alone, among time.Duration
		broken       bool
	}{
		"as promised":         {10 * time.Millisecond, 20 * time.Millisecond, false},
		"a slow machine":      {10 * time.Millisecond, 900 * time.Millisecond, false},
		"slow alone":          {time.Second, 9 * time.Second, false},
		"behind the unwell":   {10 * time.Millisecond, 3 * time.Second, true},
		"nothing came alone ": {0, 3 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &faultRun{result: result{Values: map[string]float64{}}}
			r.compare(test.alone, test.among)
			require.Equal(t, test.broken, len(r.result.Broken) > 0)
			require.Len(t, r.result.Notes, 1)
		})
	}
}
