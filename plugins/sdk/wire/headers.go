package wire

import "github.com/switchhook/switchhook/gen/adapterv1"

// Headers is room for the headers of the messages of a batch, which is taken in
// pieces for many of them. It lives as long as any of them.
type Headers struct {
	lists []*adapterv1.Header
	all   []adapterv1.Header
	// messages that are still expected.
	messages int
}

// NewHeaders expects so many messages with about as many headers each.
func NewHeaders(messages int) *Headers { return &Headers{messages: messages} }

// List returns n empty headers; nil for 0.
func (h *Headers) List(n int) []*adapterv1.Header {
	if n == 0 {
		return nil
	}
	if n > len(h.lists) {
		piece := max(n, min(n*h.messages, maxParts))
		h.lists, h.all = make([]*adapterv1.Header, piece), make([]adapterv1.Header, piece)
	}
	h.messages--
	list := h.lists[:n:n]
	for i := range list {
		list[i] = &h.all[i]
	}
	h.lists, h.all = h.lists[n:], h.all[n:]
	return list
}
