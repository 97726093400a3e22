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
	settlePoll  = 250 * time.Millisecond
	// maxListed bounds the deliveries that are read one by one; of more, only those
	// that are not delivered are asked for.
	maxListed = 200_000
)

// check waits for what was acknowledged, and writes to the result what has
// arrived and what the gateway has recorded.
func (s *stand) check(ctx context.Context) (a load.Arrivals, err error) {
	defer func() { err = because(ctx, err) }()
	s.say("waiting for what was acknowledged")
	a, p, err := s.load.Drain(ctx, s.Receiver, s.setup.copies(), drainIdle)
	if err != nil {
		return nil, err
	}
	s.count(a, p)
	g, err := s.alive()
	if err != nil {
		return nil, err
	}
	if s.result.Expected > maxListed {
		s.note("too many deliveries to read each: only those that are not delivered were asked for")
		return a, s.inspectOpen(ctx, g)
	}
	return a, s.inspect(ctx, g)
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
	s.tellLost(a)
	if p.Renamed > 0 {
		s.broken("%d requests name an event by another id than the first did", p.Renamed)
	}
	if n := s.surprises.count; n > 0 {
		s.broken("%d publishes got an answer that is neither 202 nor a clear 503, such as: %.300s", n, s.surprises.first)
	}
}

// tellLost names events that are missing, so that one can look for them.
func (s *stand) tellLost(a load.Arrivals) {
	told := 0
	for i, at := range a {
		seq := i % s.setup.events
		if at == 0 && s.load.Accepted[seq] != 0 && told < maxFindings {
			told++
			s.note("lost: event %d of the run, copy %d, acknowledged as %s at %s", seq, i/s.setup.events, s.ids[seq],
				time.Unix(0, s.load.Accepted[seq]).Format(time.StampMicro))
		}
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

// inspect reads every delivery. What has arrived may be recorded a little later,
// and is listed only then: what is wrong is read again for a while.
func (s *stand) inspect(ctx context.Context, g *gateway.Gateway) error {
	s.say("reading what is recorded of %d deliveries", s.result.Expected)
	for deadline := time.Now().Add(settleLimit); ; {
		findings, err := s.read(ctx, g)
		if err != nil {
			return err
		}
		if len(findings) == 0 || time.Now().After(deadline) {
			for _, f := range findings {
				s.broken("%s", f)
			}
			return nil
		}
		if err := load.Wait(ctx, settlePoll); err != nil {
			return err
		}
	}
}

// read compares all that is recorded with what was published and has arrived.
func (s *stand) read(ctx context.Context, g *gateway.Gateway) ([]string, error) {
	l := newLedger()
	err := g.Deliveries(ctx, func(page []gateway.Delivery) bool {
		for _, d := range page {
			l.add(d)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	p, err := s.Receiver.Progress(ctx)
	if err != nil {
		return nil, err
	}
	s.result.Duplicates = p.Duplicates
	if l.answered > p.Answered() {
		l.find("%d attempts are recorded with an answer, but the receiver has answered %d times", l.answered, p.Answered())
	}
	return l.close(s.ids, s.setup.copies()), nil
}

// inspectOpen waits until no delivery is in another state than delivered.
func (s *stand) inspectOpen(ctx context.Context, g *gateway.Gateway) error {
	for deadline := time.Now().Add(settleLimit); ; {
		var open []gateway.Delivery
		err := g.Deliveries(ctx, func(page []gateway.Delivery) bool { open = page; return len(open) == 0 }, "pending", "retrying", "dead", "cancelled")
		if err != nil || len(open) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			s.broken("deliveries are not recorded as delivered: %s of event %s is %s", open[0].ID, open[0].EventID, open[0].Status)
			return nil
		}
		if err := load.Wait(ctx, settlePoll); err != nil {
			return err
		}
	}
}
