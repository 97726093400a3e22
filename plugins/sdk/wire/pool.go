package wire

import (
	"math/bits"
	"sync"

	"google.golang.org/grpc/mem"
)

const (
	smallestBuffer = 11 // 2 KiB, as a power of two; gRPC does not give smaller ones back
	largestBuffer  = 20 // 1 MiB
)

// buffers is the pool of both sides. gRPC's own has a gap from 32 KiB to 1 MiB,
// which is where batches are, and clears a buffer over its whole length each time:
// a megabyte for every message of 40 KiB.
var buffers mem.BufferPool = new(pool)

// pool has a [sync.Pool] for every power of two. Buffers are not cleared: gRPC
// writes all of one before it reads from it. Larger ones are not kept. What is
// kept idle is dropped by the garbage collector.
type pool [largestBuffer - smallestBuffer + 1]sync.Pool

var _ mem.BufferPool = (*pool)(nil)

// Get implements [mem.BufferPool].
func (p *pool) Get(length int) *[]byte {
	if length > 1<<largestBuffer {
		b := make([]byte, length)
		return &b
	}
	tier := max(bits.Len(uint(max(length, 1)-1)), smallestBuffer)
	b, ok := p[tier-smallestBuffer].Get().(*[]byte)
	if !ok {
		fresh := make([]byte, 1<<tier)
		b = &fresh
	}
	*b = (*b)[:length]
	return b
}

// Put implements [mem.BufferPool].
func (p *pool) Put(b *[]byte) {
	tier := bits.Len(uint(cap(*b))) - 1
	if tier < smallestBuffer || tier > largestBuffer || cap(*b) != 1<<tier {
		return
	}
	p[tier-smallestBuffer].Put(b)
}
