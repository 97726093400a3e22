package delivery

import (
	"sync"

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
	maxEvents int
	maxBytes  int64
	// largest is about the size of the largest events of late.
	largest float64
}

func newBudget(maxEvents int, maxBytes int64) *budget {
	return &budget{maxEvents: maxEvents, maxBytes: maxBytes, accounts: map[uuid.UUID]int{}}
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
