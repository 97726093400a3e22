package otlpsink

import (
	"fmt"
	"strings"
	"time"
)

// Node is a span with the spans below it, by start time.
type Node struct {
	Span
	Children []*Node
}

// Tree returns the roots of a trace: usually one. A span whose parent is not
// here, such as one started by a client's traceparent, is a root too.
func (s *Sink) Tree(traceID string) []*Node {
	spans := s.Trace(traceID)
	nodes := make(map[string]*Node, len(spans))
	for _, span := range spans {
		nodes[span.SpanID] = &Node{Span: span}
	}
	var roots []*Node
	for _, span := range spans {
		n := nodes[span.SpanID]
		if parent, ok := nodes[span.ParentID]; ok && parent != n {
			parent.Children = append(parent.Children, n)
		} else {
			roots = append(roots, n)
		}
	}
	return roots
}

// Find returns the first span of that name at or below n, or nil.
func (n *Node) Find(name string) *Node {
	if n.Name == name {
		return n
	}
	for _, c := range n.Children {
		if found := c.Find(name); found != nil {
			return found
		}
	}
	return nil
}

// String draws n and what is below it for a terminal: a line a span with service,
// duration and events.
func (n *Node) String() string {
	var b strings.Builder
	n.draw(&b, "", "")
	return b.String()
}

func (n *Node) draw(b *strings.Builder, first, rest string) {
	fmt.Fprintf(b, "%s%s  %s  (%s)", first, n.Name, n.End.Sub(n.Start).Round(10*time.Microsecond), n.Service)
	if n.Failed {
		b.WriteString("  FAILED " + n.Status)
	}
	for _, e := range n.Events {
		fmt.Fprintf(b, "  %s@%s", e.Name, e.Time.Sub(n.Start).Round(10*time.Microsecond))
	}
	b.WriteByte('\n')
	for i, c := range n.Children {
		if i == len(n.Children)-1 {
			c.draw(b, rest+"└─ ", rest+"   ")
		} else {
			c.draw(b, rest+"├─ ", rest+"│  ")
		}
	}
}
