package account

import (
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// freshFor bounds how long another node's change may go unseen here.
	freshFor  = time.Second
	cacheSize = 10_000
)

// freshCache keeps what was read from the store for a short while. What does not
// exist is not kept, so that guessing cannot push known things out.
type freshCache[K comparable, V any] struct {
	entries *otter.Cache[K, cached[V]]
	// changes that this node has made; what was read before one is read again.
	changes atomic.Uint64
}

// cached is a value and how many changes there had been when it was read.
type cached[V any] struct {
	value   *V
	changes uint64
}

func newFreshCache[K comparable, V any]() *freshCache[K, V] {
	return &freshCache[K, V]{entries: otter.Must(&otter.Options[K, cached[V]]{
		MaximumSize:      cacheSize,
		ExpiryCalculator: otter.ExpiryWriting[K, cached[V]](freshFor),
	})}
}

// get returns a value, read by load unless it is kept; nil when there is none.
// It is shared and must not be changed.
func (c *freshCache[K, V]) get(name K, load func() (*V, error)) (*V, error) {
	changes := c.changes.Load()
	if e, ok := c.entries.GetIfPresent(name); ok && e.changes == changes {
		return e.value, nil
	}
	v, err := load()
	if sdk.IsCode(err, sdk.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.entries.Set(name, cached[V]{v, changes})
	return v, nil
}

func (c *freshCache[K, V]) changed() { c.changes.Add(1) }
