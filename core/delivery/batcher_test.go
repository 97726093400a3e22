package delivery

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// plugin notes the calls that a batcher makes, each of which takes so long.
type plugin struct {
	takes time.Duration
	began time.Time

	mu    sync.Mutex
	calls []int // how much work each has
	at    []time.Duration
}

func (p *plugin) render(batch []*work) {
	p.mu.Lock()
	p.calls = append(p.calls, len(batch))
	p.at = append(p.at, time.Since(p.began))
	p.mu.Unlock()
	time.Sleep(p.takes) //nolint:forbidigo // of the bubble's clock
}

func TestBatcher(t *testing.T) {
	const ms = time.Millisecond
	type add struct {
		at   time.Duration
		work int
	}
	for name, c := range map[string]struct {
		takes time.Duration
		adds  []add
		calls []int
		at    []time.Duration
	}{
		"AtOnce":                {ms, []add{{0, 1}, {10 * ms, 2}}, []int{1, 2}, []time.Duration{0, 10 * ms}},
		"WhileOneRuns":          {3 * ms, []add{{0, 1}, {ms, 1}, {ms, 2}, {2 * ms, 4}}, []int{1, 7}, []time.Duration{0, 3 * ms}},
		"AWholeBatchWaits":      {3 * ms, []add{{0, 1}, {ms, 10}}, []int{1, 10}, []time.Duration{0, ms}},
		"MoreThanABatch":        {3 * ms, []add{{0, 25}}, []int{10, 10, 5}, []time.Duration{0, 3 * ms, 6 * ms}},
		"OthersTakeTheRest":     {3 * ms, []add{{0, 10}, {ms, 10}, {2 * ms, 5}, {2 * ms, 1}}, []int{10, 10, 6}, []time.Duration{0, ms, 4 * ms}},
		"OneTakesLong":          {8 * ms, []add{{0, 1}, {ms, 1}, {2 * ms, 1}}, []int{1, 2}, []time.Duration{0, 6 * ms}},
		"EachTakesLong":         {time.Minute, []add{{0, 1}, {ms, 1}, {8 * ms, 1}, {20 * ms, 1}}, []int{1, 1, 1, 1}, []time.Duration{0, 6 * ms, 13 * ms, 20 * ms}},
		"NoMoreCallsThanSoMany": {time.Minute, []add{{0, 60}}, []int{10, 10, 10, 10, 10, 10}, []time.Duration{0, 5 * ms, 10 * ms, 15 * ms, time.Minute, time.Minute + 5*ms}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &plugin{takes: c.takes, began: time.Now()}
				var working sync.WaitGroup
				b := &batcher{render: p.render, most: 10, working: &working}
				for _, a := range c.adds {
					time.Sleep(a.at - time.Since(p.began)) //nolint:forbidigo // of the bubble's clock
					synctest.Wait()
					b.add(make([]*work, a.work))
				}
				working.Wait()
				require.Equal(t, c.calls, p.calls)
				require.Equal(t, c.at, p.at)
				require.Zero(t, b.calls)
				require.Empty(t, b.waiting)
			})
		})
	}
}
