package main

import (
	"context"
	"fmt"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

const (
	// drainIdle is how long nothing may arrive before what is missing is lost.
	drainIdle = 40 * time.Second
	// settleLimit is how long what has arrived may wait to be recorded.
	settleLimit = 20 * time.Second
	settlePoll  = 100 * time.Millisecond
	// maxListed bounds the deliveries that are read one by one; of more, only those
	// that are not delivered are asked for.
	maxListed = 200_000
)

// check waits for what was acknowledged, and writes to the result what has
// arrived and what the gateway has recorded.
func (s *stand) check(ctx context.Context) (a load.Arrivals, err error) {
	defer func() { err = because(ctx, err) }()
	s.say("waiting for what was acknowledged")
	a, _, err = s.load.Drain(ctx, s.receiver, s.setup.copies(), drainIdle)
	if err != nil {
		return nil, err
	}
	g, err := s.settled(ctx)
	if err != nil {
		return nil, err
	}
	// Asked for now, it has what arrived later than the last acknowledged event too.
	p, err := s.receiver.Progress(ctx)
	if err != nil {
		return nil, err
	}
	s.count(a, p)
	if s.result.Expected > maxListed {
		s.note("too many deliveries to read each: only those that are not delivered were asked for")
		return a, s.inspectOpen(ctx, g)
	}
	return a, s.inspect(ctx, g, p)
}

// count writes what the receiver and the publishers have seen.
func (s *stand) count(a load.Arrivals, p receiver.Progress) {
	r := &s.result
	r.Faults, r.Acknowledged, r.Unanswered, r.Refused = len(s.faults), s.load.Count(), s.unanswered.Load(), s.refused.Load()
	r.Expected = r.Acknowledged * int64(s.setup.copies())
	r.Lost, r.Duplicates = s.load.Lost(a), p.Duplicates
	longest, of := s.faults.longest(s.load, a)
	r.Recovery = longest.Seconds()
	if of != "" {
		s.note("longest recovery, %.1f s: %s", r.Recovery, of)
	}
	s.note("%d publishes were refused with a clear 503, the answers to %d were lost", r.Refused, r.Unanswered)
	if p.Renamed > 0 {
		s.broken("%d requests name an event by another id than the first did", p.Renamed)
	}
	if n := s.surprises.count; n > 0 {
		s.broken("%d publishes got an answer that is neither 202 nor a clear 503, such as: %.300s", n, s.surprises.first)
	}
}

// alive is a gateway to ask.
func (s *stand) alive() (*gateway.Gateway, error) {
	for _, m := range s.members {
		if g := m.current.Load(); g != nil {
			return g, nil
		}
	}
	return nil, fmt.Errorf("none of %d gateways is left to ask", len(s.members))
}

// settled waits until no delivery is open any more.
func (s *stand) settled(ctx context.Context) (*gateway.Gateway, error) {
	g, err := s.alive()
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(settleLimit); ; {
		open := 0
		err := g.Deliveries(ctx, func(page []gateway.Delivery) bool { open = len(page); return false }, "pending", "retrying")
		if err != nil || open == 0 || time.Now().After(deadline) {
			return g, err
		}
		if err := load.Wait(ctx, settlePoll); err != nil {
			return nil, err
		}
	}
}

// inspect reads every delivery.
func (s *stand) inspect(ctx context.Context, g *gateway.Gateway, p receiver.Progress) error {
	s.say("reading what is recorded of %d deliveries", s.result.Expected)
	l := newLedger()
	err := g.Deliveries(ctx, func(page []gateway.Delivery) bool {
		for _, d := range page {
			l.add(d)
		}
		return true
	})
	for _, f := range l.close(s.ids, s.setup.copies()) {
		s.broken("%s", f)
	}
	if l.answered > p.Answered() {
		s.broken("%d attempts are recorded with an answer, but the receiver has answered %d times", l.answered, p.Answered())
	}
	return err
}

// inspectOpen looks for deliveries that are not delivered.
func (s *stand) inspectOpen(ctx context.Context, g *gateway.Gateway) error {
	return g.Deliveries(ctx, func(page []gateway.Delivery) bool {
		if len(page) > 0 {
			s.broken("deliveries are not recorded as delivered: %s of event %s is %s", page[0].ID, page[0].EventID, page[0].Status)
		}
		return false
	}, "pending", "retrying", "dead", "cancelled")
}
