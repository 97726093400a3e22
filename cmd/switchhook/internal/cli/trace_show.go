package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// barWidth is how many characters the whole of a trace is wide.
const barWidth = 40

// showTrace draws a trace as a waterfall: a line a span, children below their
// parents, with a bar where it lies in the whole.
func showTrace(p *printer, t switchhook.Trace) {
	p.field("trace", t.TraceID)
	p.field("viewer", t.ViewerURL)
	p.field("started", t.StartTime)
	p.field("took", fmt.Sprintf("%.1f ms", t.DurationMs))
	p.row()
	p.row("SPAN", "SOURCE", "START", "MS", "RESULT", "WATERFALL")
	children, roots := traceTree(t.Spans)
	var draw func(spans []*switchhook.Span, depth int)
	draw = func(spans []*switchhook.Span, depth int) {
		for _, s := range spans {
			p.row(strings.Repeat("  ", depth)+s.Name, s.Source, fmt.Sprintf("+%.1f", sinceStart(&t, s)), ms(s.DurationMs), spanResult(s), bar(&t, s))
			below := children[s.SpanID]
			delete(children, s.SpanID) // what came from outside may be a ring
			draw(below, depth+1)
		}
	}
	draw(roots, 0)
	if t.Truncated {
		p.line("There are more spans than are shown.")
	}
}

// traceTree returns the children of each span, and those whose parent is not there.
func traceTree(spans []switchhook.Span) (children map[string][]*switchhook.Span, roots []*switchhook.Span) {
	known := map[string]bool{}
	for i := range spans {
		known[spans[i].SpanID] = true
	}
	children = map[string][]*switchhook.Span{}
	for i := range spans {
		if parent := spans[i].ParentSpanID; parent != nil && known[*parent] {
			children[*parent] = append(children[*parent], &spans[i])
		} else {
			roots = append(roots, &spans[i])
		}
	}
	return children, roots
}

func sinceStart(t *switchhook.Trace, s *switchhook.Span) float64 {
	return float64(s.StartTime.Sub(t.StartTime)) / float64(time.Millisecond)
}

// spanResult is what came of a span.
func spanResult(s *switchhook.Span) string {
	var text string
	if code, ok := s.Attributes["http.response.status_code"]; ok {
		text = fmt.Sprint(code)
	}
	if s.StatusMessage != nil && strings.Contains(*s.StatusMessage, text) {
		return *s.StatusMessage
	}
	if s.StatusMessage != nil {
		return strings.TrimSpace(text + " " + *s.StatusMessage)
	}
	if s.Status == switchhook.SpanFailed {
		return strings.TrimSpace(text + " failed")
	}
	return text
}

// bar is a span's place in the whole; the shortest is one character.
func bar(t *switchhook.Trace, s *switchhook.Span) string {
	if t.DurationMs <= 0 {
		return "|" + strings.Repeat(" ", barWidth) + "|"
	}
	from := min(max(int(sinceStart(t, s)/t.DurationMs*barWidth), 0), barWidth-1)
	length := min(max(int(s.DurationMs/t.DurationMs*barWidth+0.5), 1), barWidth-from)
	return "|" + strings.Repeat(" ", from) + strings.Repeat("=", length) + strings.Repeat(" ", barWidth-from-length) + "|"
}
