// Package unwell is a run in which few endpoints are well: of four two hang, one
// fails and one answers. It tells which event goes where, so that the latency of
// the healthy ones alone and among the others can be compared.
package unwell

import (
	"time"

	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

const (
	// Endpoints of the run.
	Endpoints = 200
	// Rate is events a second, to all endpoints in turn.
	Rate = 200.0
	// Share says that one endpoint in so many is healthy.
	Share = 4
)

// Mode is how an endpoint answers.
func Mode(endpoint int) receiver.Mode {
	switch endpoint % Share {
	case 0, 2:
		return receiver.Hanging
	case 1:
		return receiver.Failing
	default:
		return receiver.Healthy
	}
}

// Modes of all endpoints, by number.
func Modes() (out []receiver.Mode) {
	for e := range Endpoints {
		out = append(out, Mode(e))
	}
	return out
}

// healthy is the n-th endpoint that is.
func healthy(n int) int { return n%(Endpoints/Share)*Share + Share - 1 }

// Plan is which event goes where: those below Alone to the healthy endpoints, the
// others to all in turn, of which the healthy ones get as many a second as before.
type Plan struct{ Alone, Events int }

// NewPlan plans a phase with the healthy endpoints alone, and one and a half as
// long with all.
func NewPlan(phase time.Duration) Plan {
	alone := int(Rate / Share * phase.Seconds())
	return Plan{Alone: alone, Events: alone + int(Rate*1.5*phase.Seconds())}
}

// Target is the endpoint that an event goes to.
func (p Plan) Target(seq int) int {
	if seq < p.Alone {
		return healthy(seq)
	}
	return (seq - p.Alone) % Endpoints
}

// Among keeps the events for healthy endpoints while the others are unwell.
func (p Plan) Among(seq int) bool {
	return seq >= p.Alone && Mode(p.Target(seq)) == receiver.Healthy
}
