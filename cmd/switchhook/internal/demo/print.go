package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
)

// printer writes the show. Errors of the terminal are of no use to anyone.
type printer struct {
	w       io.Writer
	results []string
	// shown is where the dashboard shows the delivery of the present act.
	shown string
}

func (p *printer) line(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format+"\n", args...) }

func (p *printer) title(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	p.line("\n%s\n%s", text, strings.Repeat("=", len(text)))
}

func (p *printer) request(what, method, path string, header [][2]string, body string) {
	p.line("\n%s:\n", what)
	p.line("  > %s %s", method, path)
	for _, h := range header {
		p.line("  > %s: %s", h[0], h[1])
	}
	if body != "" {
		p.line("  >")
		p.block("  > ", body)
	}
}

func (p *printer) answer(status int, body []byte) {
	p.line("\n  < %d %s", status, http.StatusText(status))
	p.block("  < ", indent(body))
}

func (p *printer) delivery(d delivery) {
	p.line("\nThe receiver got, as %s:\n", d.Host)
	p.line("  < %s %s", d.Method, d.Path)
	names := make([]string, 0, len(d.Header))
	for name := range d.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p.line("  < %s: %s", name, strings.Join(d.Header[name], ", "))
	}
	p.line("  <")
	p.block("  < ", string(d.Body))
}

func (p *printer) ok(what, how string) { p.line("\n  OK  %s: %s", what, how) }

func (p *printer) trace(id string, roots []*otlpsink.Node) {
	p.line("\nTrace %s:\n", id)
	for _, n := range roots {
		p.block("  ", n.String())
	}
}

// page tells where the delivery and its trace can be looked at.
func (p *printer) page(address string) {
	p.shown = address
	p.line("\nIn the dashboard, with this trace as a waterfall:\n\n  %s", address)
}

func (p *printer) passed(v vendor, took time.Duration) {
	p.results = append(p.results, fmt.Sprintf("  ok      %-22s %s delivered, signature verified, traced (%s)", v.title, v.eventType, took.Round(time.Millisecond)))
	if p.shown != "" {
		p.results = append(p.results, "          "+p.shown)
	}
}

func (p *printer) failed(v vendor, err error) {
	p.line("\n  FAILED  %s", err)
	p.results = append(p.results, fmt.Sprintf("  FAILED  %-22s %s", v.title, err))
}

func (p *printer) summary() {
	p.title("Summary")
	for _, r := range p.results {
		p.line("%s", r)
	}
}

func (p *printer) block(prefix, text string) {
	for l := range strings.Lines(strings.TrimRight(text, "\n")) {
		p.line("%s%s", prefix, strings.TrimRight(l, "\n"))
	}
}

// indent makes JSON easier to read; other text stays.
func indent(body []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, body, "", "  ") != nil {
		return string(body)
	}
	return out.String()
}
