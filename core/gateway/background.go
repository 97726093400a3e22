package gateway

import (
	"context"
	"sync"
)

// maxBackground bounds the work that requests leave behind them.
const maxBackground = 64

// background owns work that goes on after the request that began it.
type background struct {
	ctx    context.Context
	cancel context.CancelFunc
	places chan struct{}
	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
}

func newBackground() *background {
	b := &background{places: make(chan struct{}, maxBackground)}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// start runs f unless there is too much work, or the gateway is closing.
func (b *background) start(f func(context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	select {
	case b.places <- struct{}{}:
	default:
		return false
	}
	b.work.Go(func() {
		defer func() { <-b.places }()
		f(b.ctx)
	})
	return true
}

// close ends the work and waits for it.
func (b *background) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.work.Wait()
}
