package statistics

import (
	"encoding/binary"
	"errors"
	"math"
	"sort"
	"time"
)

// buckets of a histogram: each ends at √2 times where the one before does, from
// 1 ms to 8.8 days. The last one has what took longer, too.
const buckets = 60

// ends are where buckets end, in nanoseconds.
var ends = func() (out [buckets]float64) {
	for i := range out {
		out[i] = float64(time.Millisecond) * math.Pow(2, float64(i)/2)
	}
	return out
}()

// Histogram counts durations by size. The zero value is empty. Merging is exact:
// histograms of parts make that of the whole.
type Histogram struct{ counts [buckets]uint64 }

// Observe counts one duration.
func (h *Histogram) Observe(d time.Duration) {
	i := sort.SearchFloat64s(ends[:], float64(max(d, 0)))
	h.counts[min(i, buckets-1)]++
}

// Merge adds the counts of another histogram.
func (h *Histogram) Merge(o *Histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
}

// Count is how many durations were counted.
func (h *Histogram) Count() (n uint64) {
	for _, c := range h.counts {
		n += c
	}
	return n
}

// Quantile is about the duration that a share q of all do not exceed, at most a
// bucket's width off; 0 for an empty histogram.
func (h *Histogram) Quantile(q float64) time.Duration {
	total := h.Count()
	if total == 0 {
		return 0
	}
	rank := min(max(q, 0), 1) * float64(total)
	var seen float64
	last := 0
	for i, n := range h.counts {
		if n == 0 {
			continue
		}
		last = i
		if seen+float64(n) >= rank {
			start := 0.0
			if i > 0 {
				start = ends[i-1]
			}
			return time.Duration(start + (ends[i]-start)*(rank-seen)/float64(n))
		}
		seen += float64(n)
	}
	return time.Duration(ends[last])
}

// AppendBinary implements encoding.BinaryAppender: for each bucket that has counts
// its number and the count, both as uvarint. Nothing is what an empty one takes.
func (h *Histogram) AppendBinary(b []byte) ([]byte, error) {
	for i, n := range h.counts {
		if n > 0 {
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(i)), n)
		}
	}
	return b, nil
}

var errHistogram = errors.New("statistics: these bytes are no histogram")

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (h *Histogram) UnmarshalBinary(b []byte) error {
	*h = Histogram{}
	for len(b) > 0 {
		i, size := binary.Uvarint(b)
		if size <= 0 || i >= buckets {
			return errHistogram
		}
		b = b[size:]
		n, size := binary.Uvarint(b)
		if size <= 0 {
			return errHistogram
		}
		b = b[size:]
		h.counts[i] += n
	}
	return nil
}
