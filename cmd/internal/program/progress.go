package program

import (
	"fmt"
	"io"
	"sync"
)

// Progress writes lines about what goes on, each below a title. It may be used by
// several goroutines at once.
type Progress struct {
	out   io.Writer
	width int
	mu    sync.Mutex
}

// NewProgress returns one whose titles are padded to a width.
func NewProgress(out io.Writer, width int) *Progress { return &Progress{out: out, width: width} }

// Say writes a line.
func (p *Progress) Say(title, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = fmt.Fprintf(p.out, "%-*s %s\n", p.width, title, fmt.Sprintf(format, args...)) // nobody is left to tell if this fails
}
