package dashboard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// waterfall is a trace as rows, each with a bar where it stands in time.
type waterfall struct {
	TraceID   string
	Start     time.Time
	ViewerURL *string
	Recorded  bool
	Truncated bool
	// Whole tells that the page shows all that was recorded: others lead there.
	Whole bool
	Total float64
	Rows  []bar
	// Ticks are marks along the time, from the left.
	Ticks []tick
	// Phases are those that occur, for the legend.
	Phases []phase
	// Errors counts the spans that failed.
	Errors int
}

// bar is a span.
type bar struct {
	switchhook.Span
	// Depth is how many spans it is a part of; at most mostDepth are shown.
	Depth int
	// X and Width are attributes of SVG; Class tells the phase.
	X, Width, Class string
	Marks           []tick
	Attributes      []pair
	Failed          bool
	// At is the start after the trace's own, in milliseconds.
	At float64
}

// tick is a moment with its place.
type tick struct {
	X, Text string
}

// pair is one attribute, to be shown.
type pair struct{ Name, Value string }

// mostDepth is how far rows are moved in.
const mostDepth = 8

// deliveryTrace is the trace of a delivery; nil where there is none, or none for this
// key to see.
func (v *visit) deliveryTrace(id uuid.UUID) *waterfall {
	got, err := v.api.GetDeliveryTraceWithResponse(v, id)
	if err != nil {
		return nil
	}
	return newWaterfall(*got.JSON200)
}

// eventTrace is that of an event with all its deliveries.
func (v *visit) eventTrace(id uuid.UUID) *waterfall {
	got, err := v.api.GetEventTraceWithResponse(v, id)
	if err != nil {
		return nil
	}
	return newWaterfall(*got.JSON200)
}

func newWaterfall(t switchhook.Trace) *waterfall {
	if len(t.Spans) == 0 {
		return nil
	}
	out := &waterfall{TraceID: t.TraceID, Start: t.StartTime, ViewerURL: webAddress(t.ViewerURL), Recorded: t.Recorded, Truncated: t.Truncated, Total: t.DurationMs}
	seen := map[string]bool{}
	for _, n := range nested(t.Spans) {
		b := newBar(n.span, n.depth, t.StartTime, t.DurationMs)
		if b.Failed {
			out.Errors++
		}
		if !seen[b.Class] {
			seen[b.Class] = true
			out.Phases = append(out.Phases, phase{Name: phaseNames[b.Class], Class: b.Class})
		}
		out.Rows = append(out.Rows, b)
	}
	const marks = 4
	for i := range marks {
		share := float64(i) / marks
		out.Ticks = append(out.Ticks, tick{X: percent(share), Text: milliseconds(share * t.DurationMs)})
	}
	return out
}

// webAddress lets through what a browser may go to.
func webAddress(address *string) *string {
	if address == nil || !strings.HasPrefix(*address, "https://") && !strings.HasPrefix(*address, "http://") {
		return nil
	}
	return address
}

type placed struct {
	span  switchhook.Span
	depth int
}

// nested puts spans behind the one that they are a part of, those of one level by
// their start. A span whose parent is not there begins a tree of its own.
func nested(spans []switchhook.Span) []placed {
	known := make(map[string]bool, len(spans))
	for _, s := range spans {
		known[s.SpanID] = true
	}
	children := map[string][]switchhook.Span{}
	for _, s := range spans {
		parent := ""
		if s.ParentSpanID != nil && known[*s.ParentSpanID] && *s.ParentSpanID != s.SpanID {
			parent = *s.ParentSpanID
		}
		children[parent] = append(children[parent], s)
	}
	out := make([]placed, 0, len(spans))
	done := make(map[string]bool, len(spans))
	var add func(parent string, depth int)
	add = func(parent string, depth int) {
		level := children[parent]
		slices.SortStableFunc(level, func(a, b switchhook.Span) int { return a.StartTime.Compare(b.StartTime) })
		for _, s := range level {
			if done[s.SpanID] {
				continue
			}
			done[s.SpanID] = true
			out = append(out, placed{s, min(depth, mostDepth)})
			add(s.SpanID, depth+1)
		}
	}
	add("", 0)
	for _, s := range spans { // a circle of parents has no root
		if !done[s.SpanID] {
			done[s.SpanID] = true
			out = append(out, placed{s, 0})
		}
	}
	return out
}

// narrowest is the least width of a bar, in per cent: shorter ones could not be seen.
const narrowest = 0.4

func newBar(s switchhook.Span, depth int, start time.Time, total float64) bar {
	at := max(0, float64(s.StartTime.Sub(start))/float64(time.Millisecond))
	b := bar{Span: s, Depth: depth, At: at, Failed: s.Status == switchhook.SpanFailed, Class: phaseOf(s), X: "0%", Width: "100%"}
	if total > 0 {
		width := max(100*s.DurationMs/total, narrowest)
		x := min(100*at/total, 100-narrowest)
		b.X, b.Width = fmt.Sprintf("%.3f%%", x), fmt.Sprintf("%.3f%%", min(width, 100-x))
		for _, e := range s.Events {
			b.Marks = append(b.Marks, tick{X: percent(float64(e.Time.Sub(start)) / float64(time.Millisecond) / total), Text: e.Name})
		}
	}
	b.Attributes = pairs(s.Attributes)
	return b
}

// pairs sorts attributes by their name.
func pairs(attributes map[string]any) []pair {
	out := make([]pair, 0, len(attributes))
	for name, value := range attributes {
		out = append(out, pair{name, fmt.Sprint(value)})
	}
	slices.SortFunc(out, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// phaseNames word the phases of the legend by their class.
var phaseNames = map[string]string{
	"publish": "publish", "token": "token", "commit": "commit", "match": "match", "queue": "queue wait", "render": "render", "attempt": "attempt",
	"dns": "DNS", "connect": "connect", "tls": "TLS", "wait": "first byte", "body": "body", "deliver": "deliver", "record": "record", "sql": "store", "other": "other",
}

// phaseOf tells the phase of a span by its attributes, or the first word of its name.
func phaseOf(s switchhook.Span) string {
	for name := range s.Attributes {
		if strings.HasPrefix(name, "db.") {
			return "sql"
		}
	}
	first, _, _ := strings.Cut(strings.ToLower(s.Name), " ")
	switch first {
	case "adapter":
		return "render"
	case "first":
		return "wait"
	}
	if _, ok := phaseNames[first]; ok {
		return first
	}
	if s.Kind == switchhook.SpanServer {
		return "publish"
	}
	return "other"
}
