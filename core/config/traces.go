package config

import (
	"net/url"
	"strings"
)

// traceIDMark stands for a trace's id in [Traces.ViewerURL].
const traceIDMark = "{trace_id}"

func (t Traces) check(p *problems) {
	if !(t.SampleRatio >= 0 && t.SampleRatio <= 1) { // NaN is neither
		p.add("traces.sample_ratio %v is out of range: use 0 to 1", t.SampleRatio)
	}
	if t.ViewerURL == "" {
		return
	}
	u, err := url.Parse(strings.ReplaceAll(t.ViewerURL, traceIDMark, strings.Repeat("0", 32)))
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		p.add("traces.viewer_url is not an http or https URL: write one such as https://jaeger.example/trace/{trace_id}")
	case u.User != nil:
		p.add("traces.viewer_url has a user name in it, which everybody who reads traces would see: remove it")
	case !strings.Contains(t.ViewerURL, traceIDMark):
		p.add("traces.viewer_url %q does not say where the trace's id goes: put {trace_id} there", t.ViewerURL)
	}
}
