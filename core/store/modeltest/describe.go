package modeltest

import (
	"fmt"
	"strings"

	"github.com/switchhook/switchhook/core/journal"
)

// describe says in one line what a transaction is about.
func (m *machine) describe(b journal.Batch) string {
	var out []string
	for _, e := range b.Events {
		out = append(out, fmt.Sprintf("event %s (id %s, owned %t)", m.name(e.Event.Key), e.Event.ID, e.Owned))
	}
	for _, o := range b.Outcomes {
		d := &o.Delivery
		out = append(out, fmt.Sprintf("%s %s after %d, held %t, due %s, settles %t", m.name(d.ID), d.Status, d.AttemptCount, d.Held,
			d.DueAt.Format("05.000"), o.Settles))
	}
	for _, e := range b.Settled {
		out = append(out, "settled "+m.name(e.Key))
	}
	return strings.Join(out, "; ")
}
