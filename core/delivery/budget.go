package delivery

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// budgetShare is how many times the free places one account's events may have.
const budgetShare = 3

// budget bounds the events that are in memory, by number and by bytes.
type budget struct {
	mu        sync.Mutex
	events    int
	bytes     int64
	accounts  map[uuid.UUID]int
	waiters   map[uuid.UUID][]chan struct{}
	maxEvents int
	maxBytes  int64
	// largest is about the size of the largest events of late.
	largest float64
}

func newBudget(maxEvents int, maxBytes int64) *budget {
	return &budget{maxEvents: maxEvents, maxBytes: maxBytes, accounts: map[uuid.UUID]int{}, waiters: map[uuid.UUID][]chan struct{}{}}
}

// easeShare is the part of all places from which one account's publishers wait.
const easeShare = 8

// ease waits while an account has many events in memory, in turn with others who
// wait, until ctx ends or for so long at most. Publishing then goes as fast as
// events are delivered or held.
func (b *budget) ease(ctx context.Context, account uuid.UUID, most time.Duration) {
	turn := b.queue(account)
	if turn == nil {
		return
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-turn:
		return
	case <-timer.C:
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unqueue(account, func(w chan struct{}) bool { return w == turn })
}

// queue returns what is closed when it is the caller's turn; nil: at once.
func (b *budget) queue(account uuid.UUID) chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.accounts[account] < b.easeAt() {
		return nil
	}
	turn := make(chan struct{})
	b.waiters[account] = append(b.waiters[account], turn)
	return turn
}

func (b *budget) easeAt() int { return max(b.maxEvents/easeShare, 1) }

// unqueue takes those away that gone names.
func (b *budget) unqueue(account uuid.UUID, gone func(chan struct{}) bool) {
	if left := slices.DeleteFunc(b.waiters[account], gone); len(left) > 0 {
		b.waiters[account] = left
	} else {
		delete(b.waiters, account)
	}
}

// admit takes room if there is any. One event always fits an empty budget; one
// account's events leave room for others.
func (b *budget) admit(account uuid.UUID, size int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen(size)
	if b.events > 0 && (b.accounts[account] >= budgetShare*(b.maxEvents-b.events) || b.bytes+size > b.maxBytes) {
		return false
	}
	b.take(account, size)
	return true
}

// force takes room for an event that was claimed already.
func (b *budget) force(account uuid.UUID, size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen(size)
	b.take(account, size)
}

// seen forgets large events slowly.
func (b *budget) seen(size int64) {
	const fade = 0.999
	b.largest = max(float64(size), b.largest*fade)
}

func (b *budget) take(account uuid.UUID, size int64) {
	b.events++
	b.bytes += size
	b.accounts[account]++
}

func (b *budget) free(account uuid.UUID, size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events--
	b.bytes -= size
	if b.accounts[account]--; b.accounts[account] == 0 {
		delete(b.accounts, account)
	}
	if waiting := b.waiters[account]; len(waiting) > 0 && b.accounts[account] < b.easeAt() {
		next := waiting[0]
		close(next)
		b.unqueue(account, func(w chan struct{}) bool { return w == next })
	}
}

// used tells what is in memory.
func (b *budget) used() (events int, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events, b.bytes
}

// claimAnyway is how many events may be claimed while publishers take most of the
// room, so that retries and what others left are not put off for ever.
const claimAnyway = 16

// room tells how many events may be claimed, at most limit. Half of all is left
// for those that are being published. The sizes of events that are still in the
// store are not known: they are taken for as large as the largest of late.
func (b *budget) room(limit int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	free := b.maxBytes - b.bytes
	if free <= 0 || b.events >= b.maxEvents {
		return 0
	}
	byNumber := max(b.maxEvents/2-b.events, min(claimAnyway, b.maxEvents-b.events))
	byBytes := max(int(float64(free)/max(b.largest, 1)), 1)
	return min(byNumber, byBytes, limit)
}
