package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/payload"
)

const (
	// answerLimit is how long a publisher waits for an answer.
	answerLimit = 15 * time.Second
	firstPause  = 20 * time.Millisecond
	longPause   = 500 * time.Millisecond
)

// errUnanswered means that an event may have been accepted.
var errUnanswered = errors.New("the answer was lost")

// publish publishes one event until it is acknowledged, at one gateway after the
// other, always with the same id. Where an answer is lost, every other event is
// left alone: nobody knows whether it was accepted.
func (s *stand) publish(ctx context.Context, seq, _ int) error {
	e := gateway.Event{ID: fmt.Sprintf("%s-%d", s.load.Run, seq), Type: s.setup.typeOf(seq), Data: payload.Data(s.load.Run, seq)}
	pause := firstPause
	for try := seq; ; try++ {
		fate, err := s.try(ctx, try, e, seq)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case fate == accepted:
			return nil
		case fate == unanswered:
			s.unanswered.Add(1)
			if seq%2 == 1 {
				return errUnanswered
			}
		case fate == refused:
			s.refused.Add(1)
		case fate == surprising:
			s.surprises.add(err)
		}
		if err := load.Wait(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, longPause)
	}
}

func (s *stand) try(ctx context.Context, try int, e gateway.Event, seq int) (fate, error) {
	g := s.members[try%len(s.members)].current.Load()
	if g == nil {
		return unsent, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	a, err := g.Accept(ctx, e)
	if err == nil {
		s.ids[seq] = a.ID
	}
	return judge(err)
}

// fate of a request to publish.
type fate int

const (
	accepted   fate = iota
	unsent          // no connection was made
	unanswered      // the answer was lost
	refused         // with a clear 503
	surprising      // any other answer
)

// judge tells a request's fate by its error; err says what is surprising.
func judge(err error) (fate, error) {
	var refusal *gateway.RefusedError
	var network *net.OpError
	switch {
	case err == nil:
		return accepted, nil
	case errors.As(err, &refusal):
		if unclear := clear503(refusal); unclear != nil {
			return surprising, fmt.Errorf("%w: %w", unclear, err)
		}
		return refused, nil
	case errors.As(err, &network) && network.Op == "dial":
		return unsent, nil
	default:
		return unanswered, nil
	}
}

// clear503 says what lacks in an answer for a publisher to know that it is to try
// again later (RFC 9457, RFC 9110 section 10.2.3).
func clear503(r *gateway.RefusedError) error {
	if r.Status != http.StatusServiceUnavailable {
		return fmt.Errorf("a publish is answered %d instead of 503", r.Status)
	}
	if kind, _, err := mime.ParseMediaType(r.ContentType); err != nil || kind != "application/problem+json" {
		return fmt.Errorf("a 503 has the content type %q", r.ContentType)
	}
	var problem struct {
		Status       int
		Code, Detail string
	}
	if err := json.Unmarshal(r.Body, &problem); err != nil {
		return fmt.Errorf("a 503 has no problem as its body: %w", err)
	}
	if problem.Status != r.Status || problem.Code != "unavailable" || problem.Detail == "" {
		return errors.New("a 503 has a problem without its status, code or detail")
	}
	if r.RetryAfter == "" {
		return errors.New("a 503 has no Retry-After")
	}
	return nil
}

// surprises are answers that no publisher should get.
type surprises struct {
	mu    sync.Mutex
	count int
	first error
}

func (s *surprises) add(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count++; s.first == nil {
		s.first = err
	}
}
