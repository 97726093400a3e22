// Package receiver is the subscriber of a measurement: a process of its own that
// counts and times what arrives, and may fail or hang. [Serve] is that process,
// [Start] starts one and [Receiver] speaks to it.
package receiver

import (
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/payload"
)

// Mode is how an endpoint answers.
type Mode string

const (
	// Healthy endpoints answer 204.
	Healthy Mode = "healthy"
	// Failing endpoints answer 500.
	Failing Mode = "failing"
	// FailingFirst endpoints answer 500 to the first attempt of each event.
	FailingFirst Mode = "failing-first"
	// Hanging endpoints answer nothing until their mode changes.
	Hanging Mode = "hanging"
)

// Plan is what a run expects.
type Plan struct {
	// Run is its name; what arrives of another is only counted, as stray.
	Run string `json:"run"`
	// Events are numbered from 0 below this.
	Events int `json:"events"`
	// Copies is how many endpoints get each event: endpoint e gets copy e mod Copies.
	Copies int `json:"copies"`
	// Modes are those of the endpoints, by number.
	Modes []Mode `json:"modes"`
}

// Progress is what has arrived so far.
type Progress struct {
	// Delivered copies of events, each counted once.
	Delivered int64 `json:"delivered"`
	// Duplicates of them.
	Duplicates int64 `json:"duplicates"`
	// Refused attempts were answered 500.
	Refused int64 `json:"refused"`
	// Stray requests are of no event of this run.
	Stray int64 `json:"stray"`
	// Renamed requests carried another webhook-id than the first for their copy of
	// an event.
	Renamed int64 `json:"renamed"`
}

// Answered is how many requests got an answer.
func (p Progress) Answered() int64 { return p.Delivered + p.Duplicates + p.Refused + p.Stray }

// tally is what arrived in one run.
type tally struct {
	plan Plan
	// arrivals are Unix nanoseconds by copy and event; 0 is none.
	arrivals []atomic.Int64
	tried    []atomic.Bool
	// names are hashes of the first webhook-id; 0 is none.
	names []atomic.Uint64

	delivered, duplicates, refused, stray, renamed atomic.Int64

	mu    sync.Mutex
	modes []Mode
	// changed is closed and replaced when modes change.
	changed chan struct{}
}

func newTally(p Plan) *tally {
	n := p.Events * p.Copies
	return &tally{plan: p, arrivals: make([]atomic.Int64, n), tried: make([]atomic.Bool, n), names: make([]atomic.Uint64, n), modes: p.Modes, changed: make(chan struct{})}
}

func (t *tally) mode(endpoint int) (Mode, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.modes[endpoint], t.changed
}

func (t *tally) setModes(modes []Mode) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.modes = modes
	close(t.changed)
	t.changed = make(chan struct{})
}

// answer is what an endpoint makes of a request.
type answer int

const (
	accepted answer = iota
	refused
	abandoned // the client went away before it was answered
)

// receive takes a request; name is its webhook-id, or "", and gone is closed when
// its client goes away.
func (t *tally) receive(endpoint int, name string, body []byte, gone <-chan struct{}) answer {
	run, seq, ok := payload.Find(body)
	if !ok || run != t.plan.Run || seq >= t.plan.Events || endpoint < 0 || endpoint >= len(t.plan.Modes) {
		t.stray.Add(1)
		return accepted
	}
	i := endpoint%t.plan.Copies*t.plan.Events + seq
	t.check(i, name)
	mode, changed := t.mode(endpoint)
	for mode == Hanging {
		select {
		case <-changed:
			mode, changed = t.mode(endpoint)
		case <-gone:
			return abandoned
		}
	}
	if mode == Failing || (mode == FailingFirst && !t.tried[i].Swap(true)) {
		t.refused.Add(1)
		return refused
	}
	if t.arrivals[i].CompareAndSwap(0, time.Now().UnixNano()) {
		t.delivered.Add(1)
	} else {
		t.duplicates.Add(1)
	}
	return accepted
}

// check compares a request's name with that of the first for the same delivery.
func (t *tally) check(i int, name string) {
	if name == "" {
		return
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // it never fails
	sum := h.Sum64() | 1
	if !t.names[i].CompareAndSwap(0, sum) && t.names[i].Load() != sum {
		t.renamed.Add(1)
	}
}

func (t *tally) progress() Progress {
	return Progress{Delivered: t.delivered.Load(), Duplicates: t.duplicates.Load(), Refused: t.refused.Load(), Stray: t.stray.Load(), Renamed: t.renamed.Load()}
}
