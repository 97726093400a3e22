package egress

import "sync"

// maxKnownHosts bounds what is remembered of hosts.
const maxKnownHosts = 4096

// hosts are those that chose HTTP/1.1 where they could have HTTP/2.
type hosts struct {
	mu    sync.RWMutex
	known map[string]struct{}
}

func (h *hosts) has(host string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	_, ok := h.known[host]
	return ok
}

// add remembers a host. When there are too many all are forgotten: a host that is
// not known costs a little time, until its next answer.
func (h *hosts) add(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= maxKnownHosts {
		h.known = map[string]struct{}{}
	}
	h.known[host] = struct{}{}
}

func (h *hosts) remove(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.known, host)
}
