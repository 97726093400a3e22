package delivery

import (
	"runtime"
	"sync"
)

// mostResting bounds the goroutines that wait for an attempt to send.
const mostResting = 512

// senders run attempts on goroutines that stay for the next one. A new goroutine
// begins with a small stack, which is copied into larger ones on its way down into
// a connection: that is more than a tenth of what an exchange costs.
type senders struct {
	run func(*attempt)
	// working counts the goroutines.
	working *sync.WaitGroup

	mu sync.Mutex
	// resting are who waits. The last to come is the first to go, while what it
	// used is in the processor's cache.
	resting   []chan *attempt
	dismissed bool
}

// send runs an attempt, and never waits.
func (s *senders) send(a *attempt) {
	if next := s.wake(); next != nil {
		next <- a
		return
	}
	s.working.Go(func() { s.work(a) })
}

// wake returns the channel of a goroutine that rests no more; nil: none did.
func (s *senders) wake() chan<- *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.resting) - 1
	if last < 0 {
		return nil
	}
	next := s.resting[last]
	s.resting = s.resting[:last]
	return next
}

func (s *senders) work(a *attempt) {
	next := make(chan *attempt, 1)
	for a != nil {
		s.run(a)
		a = s.rest(next)
	}
}

// rest waits for the next attempt; nil: there is none for this goroutine. It has a
// frame so large that the garbage collector leaves the stack alone: it halves
// those of which less than a quarter is in use.
func (s *senders) rest(next chan *attempt) *attempt {
	var frame [2 << 10]byte
	defer runtime.KeepAlive(&frame)
	if !s.mayRest(next) {
		return nil
	}
	return <-next
}

func (s *senders) mayRest(next chan *attempt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dismissed || len(s.resting) == mostResting {
		return false
	}
	s.resting = append(s.resting, next)
	return true
}

// dismiss ends the goroutines that rest. Attempts may be sent all the same.
func (s *senders) dismiss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dismissed = true
	for _, next := range s.resting {
		close(next)
	}
	s.resting = nil
}
