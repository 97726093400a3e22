package delivery

import (
	"sync"
	"sync/atomic"
)

// mostResting bounds the goroutines that wait for an attempt to send.
const mostResting = 64

// senders run attempts on goroutines that stay for the next one. A new goroutine
// begins with a small stack, which is copied into larger ones on its way down into
// a connection: that is more than a tenth of what an exchange costs.
type senders struct {
	run func(*attempt)
	// handed has no buffer: what it takes, a resting goroutine has.
	handed    chan *attempt
	resting   *atomic.Int32
	dismissed chan struct{}
}

func newSenders(run func(*attempt)) senders {
	return senders{run: run, handed: make(chan *attempt), resting: new(atomic.Int32), dismissed: make(chan struct{})}
}

// send runs an attempt, and never waits. working counts the goroutines.
func (s senders) send(working *sync.WaitGroup, a *attempt) {
	select {
	case s.handed <- a:
	default:
		working.Go(func() { s.work(a) })
	}
}

func (s senders) work(a *attempt) {
	for a != nil {
		s.run(a)
		a = s.rest()
	}
}

// rest waits for the next attempt; nil: there is none for this goroutine.
func (s senders) rest() *attempt {
	defer s.resting.Add(-1)
	if s.resting.Add(1) > mostResting {
		return nil
	}
	select {
	case a := <-s.handed:
		return a
	case <-s.dismissed:
		return nil
	}
}

// dismiss ends the goroutines that rest. Attempts may be sent all the same.
func (s senders) dismiss() { close(s.dismissed) }
