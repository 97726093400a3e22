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
