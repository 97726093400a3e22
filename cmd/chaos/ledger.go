package main

import (
	"fmt"
	"net/http"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
)

// maxFindings are told one by one.
const maxFindings = 3

// ledger compares what the gateway has recorded with what was published.
type ledger struct {
	// delivered is how often each event has been, by the gateway's id.
	delivered map[string]int
	// answered attempts have a status.
	answered int64
	found    int
	findings []string
}

func newLedger() *ledger { return &ledger{delivered: map[string]int{}} }

func (l *ledger) find(format string, args ...any) {
	if l.found++; len(l.findings) < maxFindings {
		l.findings = append(l.findings, fmt.Sprintf(format, args...))
	}
}

// add checks one recorded delivery: it is delivered, and its attempts are
// numbered without a gap, of which the last alone succeeded. Two that succeeded
// would have been recorded by two owners.
func (l *ledger) add(d gateway.Delivery) {
	if d.Status != "delivered" {
		l.find("delivery %s of event %s is %s after %d attempts", d.ID, d.EventID, d.Status, len(d.Attempts))
		return
	}
	l.delivered[d.EventID]++
	for i, a := range d.Attempts {
		if a.Number != i+1 {
			l.find("delivery %s has no attempt %d but %d", d.ID, i+1, a.Number)
			return
		}
		if a.ResponseStatus != 0 {
			l.answered++
		}
		succeeded := a.ResponseStatus >= http.StatusOK && a.ResponseStatus < http.StatusMultipleChoices
		if last := i == len(d.Attempts)-1; succeeded != last {
			l.find("attempt %d of %d of delivery %s has the status %d", a.Number, len(d.Attempts), d.ID, a.ResponseStatus)
			return
		}
	}
	if len(d.Attempts) == 0 {
		l.find("delivery %s is delivered without an attempt", d.ID)
	}
}

// close returns what is wrong, with the ids of acknowledged events, each of which
// has so many copies; "" was not acknowledged.
func (l *ledger) close(ids []string, copies int) []string {
	seen := make(map[string]int, len(ids))
	for seq, id := range ids {
		if id == "" {
			continue
		}
		if other, taken := seen[id]; taken {
			l.find("events %d and %d were both acknowledged as %s", other, seq, id)
		}
		seen[id] = seq
		if n := l.delivered[id]; n != copies {
			l.find("the acknowledged event %s has %d deliveries recorded as delivered instead of %d", id, n, copies)
		}
	}
	if more := l.found - len(l.findings); more > 0 {
		l.findings = append(l.findings, fmt.Sprintf("%d more such findings", more))
	}
	return l.findings
}
