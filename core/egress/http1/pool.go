package http1

import (
	"sync"
	"time"
)

// Pool keeps connections that rest. All methods may be called at once.
type Pool struct {
	// MaxIdle bounds the connections that are kept, and MaxIdlePerHost those to one target.
	MaxIdle, MaxIdlePerHost int
	// IdleTimeout is how long one is kept.
	IdleTimeout time.Duration

	mu    sync.Mutex
	idle  map[Target][]*Conn // the longest resting first
	count int
	sweep *time.Timer // nil while none rests
}

// Take returns the connection to a target that came back last, since that is the
// likeliest to live; nil if there is none.
func (p *Pool) Take(to Target) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[to]
	if len(list) == 0 {
		return nil
	}
	c := list[len(list)-1]
	list[len(list)-1] = nil
	p.idle[to] = list[:len(list)-1]
	p.count--
	c.Reused = true
	return c
}

// Keep takes a connection back whose answer was read to its end, and closes it if
// there are too many or the server said more than was asked. Its deadline may pass
// while it rests: the next exchange sets its own.
func (p *Pool) Keep(c *Conn) {
	if !c.finish() || !p.keep(c) {
		_ = c.Close()
	}
}

func (p *Pool) keep(c *Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[c.to]
	if p.count >= p.MaxIdle || len(list) >= p.MaxIdlePerHost {
		return false
	}
	c.rests = time.Now()
	if p.idle == nil {
		p.idle = map[Target][]*Conn{}
	}
	p.idle[c.to] = append(list, c)
	p.count++
	if p.sweep == nil {
		p.sweep = time.AfterFunc(p.IdleTimeout, p.closeOld)
	}
	return true
}

// closeOld closes what has rested for too long, and comes back while anything rests.
func (p *Pool) closeOld() {
	p.mu.Lock()
	now := time.Now()
	old := p.remove(func(c *Conn) bool { return now.Sub(c.rests) >= p.IdleTimeout })
	p.sweep = nil
	if p.count > 0 {
		p.sweep = time.AfterFunc(max(p.IdleTimeout/4, time.Millisecond), p.closeOld)
	}
	p.mu.Unlock()
	closeAll(old)
}

// CloseIdle closes the connections that rest.
func (p *Pool) CloseIdle() {
	p.mu.Lock()
	all := p.remove(func(*Conn) bool { return true })
	if p.sweep != nil {
		p.sweep.Stop()
		p.sweep = nil
	}
	p.mu.Unlock()
	closeAll(all)
}

// remove takes out the first ones of each target as far as they are unwanted.
func (p *Pool) remove(unwanted func(*Conn) bool) (out []*Conn) {
	for to, list := range p.idle {
		n := 0
		for n < len(list) && unwanted(list[n]) {
			n++
		}
		out = append(out, list[:n]...)
		p.count -= n
		if n == len(list) {
			delete(p.idle, to)
		} else {
			p.idle[to] = append([]*Conn(nil), list[n:]...)
		}
	}
	return out
}

func closeAll(conns []*Conn) {
	for _, c := range conns {
		_ = c.Close()
	}
}
