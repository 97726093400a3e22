package delivery

import "sync"

// budget bounds the events that are in memory, by number and by bytes.
type budget struct {
	mu        sync.Mutex
	events    int
	bytes     int64
	maxEvents int
	maxBytes  int64
}

// admit takes room if there is any. One event always fits an empty budget.
func (b *budget) admit(size int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.events > 0 && (b.events >= b.maxEvents || b.bytes+size > b.maxBytes) {
		return false
	}
	b.events++
	b.bytes += size
	return true
}

// force takes room for an event that was claimed already.
func (b *budget) force(size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events++
	b.bytes += size
}

func (b *budget) free(size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events--
	b.bytes -= size
}

// room tells how many events may be claimed, at most limit.
func (b *budget) room(limit int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes >= b.maxBytes {
		return 0
	}
	return max(min(b.maxEvents-b.events, limit), 0)
}
