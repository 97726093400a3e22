package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBuffersHaveTheLengthThatIsAskedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var p pool
		for _, n := range rapid.SliceOf(rapid.IntRange(0, 3<<20)).Draw(t, "lengths") {
			b := p.Get(n)
			require.Len(t, *b, n)
			require.LessOrEqual(t, cap(*b), max(2*n, 1<<smallestBuffer), "at most half of a buffer is unused")
			*b = (*b)[:n/2] // as gRPC does with padding
			p.Put(b)
		}
	})
}

func TestBuffersOfOtherSizesAreNotKept(t *testing.T) {
	t.Parallel()
	var p pool
	for _, size := range []int{0, 1, 1000, 1<<12 + 1, 1 << 21} {
		b := make([]byte, size)
		p.Put(&b)
	}
	for _, size := range []int{0, 1, 1000, 1 << 12, 1 << 20} {
		require.Len(t, *p.Get(size), size)
	}
}

func TestHeadersAreRoomForAsManyAsAreAskedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h, seen := NewHeaders(rapid.IntRange(0, 5).Draw(t, "messages")), map[any]bool{}
		for _, n := range rapid.SliceOf(rapid.IntRange(0, 9)).Draw(t, "lists") {
			list := h.List(n)
			require.Len(t, list, n)
			require.Equal(t, n, cap(list), "appending does not write into the next list")
			for _, one := range list {
				require.False(t, seen[one], "each header is given once")
				seen[one] = true
			}
		}
	})
}
