package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// jaegerPatience is for a trace to be whole.
const jaegerPatience = 30 * time.Second

// jaegerVariable names Jaeger's program, as `make jaeger` builds it.
const jaegerVariable = "SWITCHHOOK_TEST_JAEGER"

// jaeger is a running Jaeger.
type jaeger struct {
	// otlp takes traces by OTLP over HTTP, query answers what it has.
	otlp, query string
}

var (
	jaegerOTLP  = regexp.MustCompile(`"msg":"Starting HTTP server","endpoint":"([^"]+)"`)
	jaegerQuery = regexp.MustCompile(`"msg":"Query server started","http_addr":"([^"]+)"`)
)

// startJaeger starts Jaeger's all-in-one, with its traces in memory, on free ports.
func startJaeger(t *testing.T) *jaeger {
	t.Helper()
	binary := os.Getenv(jaegerVariable)
	if binary == "" {
		t.Skip(jaegerVariable + " names no Jaeger; `make jaeger` builds it and runs this test")
	}
	b := inBackground(t, []string{"PATH=" + os.Getenv("PATH"), "SPAN_STORAGE_TYPE=memory", "OTEL_TRACES_SAMPLER=always_off"}, binary,
		"--admin.http.host-port=127.0.0.1:0", "--collector.grpc-server.host-port=127.0.0.1:0", "--collector.http-server.host-port=127.0.0.1:0",
		"--collector.otlp.grpc.host-port=127.0.0.1:0", "--collector.otlp.http.host-port=127.0.0.1:0",
		// It refuses two addresses that look the same.
		"--query.http-server.host-port=127.0.0.1:0", "--query.grpc-server.host-port=localhost:0", "--metrics-backend=none")
	t.Cleanup(func() {
		b.interrupt()
		if t.Failed() {
			t.Logf("Jaeger's log:\n%s", &b.out)
		}
	})
	b.wait("Query server started")
	log := b.out.String()
	otlp, query := jaegerOTLP.FindStringSubmatch(log), jaegerQuery.FindStringSubmatch(log)
	require.NotNil(t, otlp, log)
	require.NotNil(t, query, log)
	return &jaeger{"http://" + otlp[1], "http://" + query[1]}
}

// takeSpan has Jaeger take a span that is not the gateway's.
func (j *jaeger) takeSpan(t *testing.T, service, name, traceID, spanID string, start, end time.Time) {
	t.Helper()
	body := fmt.Sprintf(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":%q}}]},"scopeSpans":[{"spans":[
		{"name":%q,"kind":3,"traceId":%q,"spanId":%q,"startTimeUnixNano":"%d","endTimeUnixNano":"%d"}]}]}]}`,
		service, name, traceID, spanID, start.UnixNano(), end.UnixNano())
	resp, err := http.Post(j.otlp+"/v1/traces", "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

// followsFrom is how Jaeger calls a link.
const followsFrom = "FOLLOWS_FROM"

// jaegerTrace is a trace as Jaeger's own pages get it.
type jaegerTrace struct {
	TraceID   string
	Spans     []*jaegerSpan
	Processes map[string]struct{ ServiceName string }
}

type jaegerSpan struct {
	TraceID, SpanID, OperationName, ProcessID string
	References                                []struct{ RefType, TraceID, SpanID string }
	StartTime                                 int64
	Tags                                      []jaegerTag
	Logs                                      []struct{ Fields []jaegerTag }
	Warnings                                  []string
	below                                     []*jaegerSpan
}

type jaegerTag struct {
	Key   string
	Value any
}

func (s *jaegerSpan) tag(key string) any {
	i := slices.IndexFunc(s.Tags, func(tag jaegerTag) bool { return tag.Key == key })
	if i < 0 {
		return nil
	}
	return s.Tags[i].Value
}

// traces asks Jaeger; there are none where it does not know of any.
func (j *jaeger) traces(t *testing.T, path string) []jaegerTrace {
	t.Helper()
	resp, err := http.Get(j.query + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	if resp.StatusCode == http.StatusNotFound {
		return nil
	}
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	var out struct{ Data []jaegerTrace }
	require.NoError(t, json.Unmarshal(body, &out), "%s", body)
	return out.Data
}

// search are the traces that have a span with a tag.
func (j *jaeger) search(t *testing.T, key, value string) (ids []string) {
	t.Helper()
	tags := url.QueryEscape(fmt.Sprintf(`{%q:%q}`, key, value))
	for _, found := range j.traces(t, "/api/traces?service=switchhook&tags="+tags) {
		ids = append(ids, found.TraceID)
	}
	return ids
}

// wait waits until Jaeger answers a tree.
func (j *jaeger) wait(t *testing.T, p played, want string) {
	t.Helper()
	late, poll := time.NewTimer(jaegerPatience), time.NewTicker(50*time.Millisecond)
	defer late.Stop()
	defer poll.Stop()
	for have := j.outline(t, p); have != want; have = j.outline(t, p) {
		select {
		case <-poll.C:
		case <-late.C:
			require.Equal(t, want, have)
		}
	}
}

// outline draws a trace: a line a span below its parent, siblings by name and then by
// time. A span without a parent stands at the margin.
func (j *jaeger) outline(t *testing.T, p played) string {
	t.Helper()
	all := j.traces(t, "/api/traces/"+p.delivery.TraceID)
	if len(all) == 0 {
		return ""
	}
	require.Len(t, all, 1)
	d := drawing{trace: all[0], marks: map[string]string{}}
	roots := d.roots(t)
	for _, root := range roots {
		d.mark(root)
	}
	for _, root := range roots {
		d.draw(root, "")
	}
	return strings.NewReplacer(p.names...).Replace(d.out.String())
}

// drawing is a trace on its way to text.
type drawing struct {
	trace jaegerTrace
	// marks name the spans that others follow from, by their id.
	marks map[string]string
	out   strings.Builder
}

// roots puts spans below their parents.
func (d *drawing) roots(t *testing.T) (roots []*jaegerSpan) {
	t.Helper()
	slices.SortFunc(d.trace.Spans, func(a, b *jaegerSpan) int {
		return cmp.Or(strings.Compare(a.OperationName, b.OperationName), cmp.Compare(a.StartTime, b.StartTime))
	})
	byID := map[string]*jaegerSpan{}
	for _, s := range d.trace.Spans {
		require.Equal(t, d.trace.TraceID, s.TraceID)
		require.NotContains(t, byID, s.SpanID)
		byID[s.SpanID] = s
	}
	for _, s := range d.trace.Spans {
		for _, r := range s.References {
			require.Equal(t, d.trace.TraceID, r.TraceID, "%s is of another trace than its %s", s.OperationName, r.RefType)
			if r.RefType == followsFrom {
				d.marks[r.SpanID] = ""
			}
		}
		if parent := s.parent(byID); parent != nil {
			parent.below = append(parent.below, s)
		} else {
			roots = append(roots, s)
		}
	}
	return roots
}

// parent is what Jaeger draws a span below: the first that it refers to. It refers to
// its parent as CHILD_OF; but as FOLLOWS_FROM, and only so, where the parent is what the
// span is linked to as well, as a replay is.
func (s *jaegerSpan) parent(byID map[string]*jaegerSpan) *jaegerSpan {
	if len(s.References) == 0 {
		return nil
	}
	return byID[s.References[0].SpanID]
}

// mark numbers the spans that others follow from.
func (d *drawing) mark(s *jaegerSpan) {
	if mark, ok := d.marks[s.SpanID]; ok && mark == "" {
		d.marks[s.SpanID] = fmt.Sprintf("#%d", len(d.marks))
	}
	for _, b := range s.below {
		d.mark(b)
	}
}

// drawn are the tags that the drawing has.
var drawn = regexp.MustCompile(`^(switchhook\.(event\.id|matches|delivery\.id|subscription\.id|replay\.id|attempt|delivery\.status|group\.size)|` +
	`http\.request\.resend_count|http\.response\.status_code|error\.type|error)$`)

func (d *drawing) draw(s *jaegerSpan, indent string) {
	fmt.Fprintf(&d.out, "%s%s", indent, s.OperationName)
	if mark := d.marks[s.SpanID]; mark != "" {
		fmt.Fprintf(&d.out, " %s", mark)
	}
	fmt.Fprintf(&d.out, " (%s, %v)", d.trace.Processes[s.ProcessID].ServiceName, s.tag("span.kind"))
	for _, tag := range s.Tags {
		if drawn.MatchString(tag.Key) {
			fmt.Fprintf(&d.out, " %s=%v", tag.Key, tag.Value)
		}
	}
	for _, l := range s.Logs {
		for _, f := range l.Fields {
			if f.Key == "event" {
				fmt.Fprintf(&d.out, " @%v", f.Value)
			}
		}
	}
	for _, r := range s.References {
		if r.RefType == followsFrom {
			fmt.Fprintf(&d.out, " follows %s", d.marks[r.SpanID])
		}
	}
	for _, w := range s.Warnings {
		// It says so of whatever goes on after its parent's end, as all here does.
		if !strings.HasPrefix(w, "clock skew adjustment disabled") {
			fmt.Fprintf(&d.out, " warning: %s", w)
		}
	}
	d.out.WriteByte('\n')
	d.drawBelow(s, indent+"  ")
}

// drawBelow draws the spans below one. Which statements there are is the store's
// affair, and of those that read also that of caches: of those below a commit or a
// record it is drawn that there are any.
func (d *drawing) drawBelow(s *jaegerSpan, indent string) {
	statements := false
	for _, b := range s.below {
		if b.tag("db.system.name") == nil {
			d.draw(b, indent)
			continue
		}
		statements = true
	}
	if statements && (s.OperationName == "commit" || s.OperationName == "record") {
		fmt.Fprintf(&d.out, "%sstatements\n", indent)
	}
}
