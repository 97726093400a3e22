package gateway

import (
	"net/http"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/core/gateway/dashboard"
	"github.com/switchhook/switchhook/core/gateway/reference"
	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// ServeHTTP implements [http.Handler].
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, id := withRequestID(r.Context(), r.Header)
	w.Header().Set(headerRequestID, id)
	r = r.WithContext(ctx)
	path := r.URL.EscapedPath()
	if name, ok := g.hosts[hostName(r.Host)]; ok {
		g.watched(w, r, func(w *recorder, r *http.Request) { g.serveProvider(w, r, name, path) })
		return
	}
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case g.isPage(path, name, r):
		g.page(w, r)
	case path == "/":
		w.Header().Add("Vary", "Accept")
		onlyRead(w, r, g.index)
	case path == "/healthz":
		onlyRead(w, r, healthy)
	case path == "/readyz":
		onlyRead(w, r, g.ready.serve)
	case path == "/metrics":
		onlyRead(w, r, g.cfg.Metrics.ServeHTTP)
	case "/"+name == reference.Path:
		onlyRead(w, r, g.reference.ServeHTTP)
	case name == "v1":
		g.watched(w, r, func(w *recorder, r *http.Request) {
			w.route = "/v1"
			g.cfg.Unified.ServeHTTP(w, r)
		})
	case g.knows(name):
		g.watched(w, r, func(w *recorder, r *http.Request) { g.serveProvider(w, r, name, "/"+rest) })
	default:
		g.watched(w, r, func(w *recorder, r *http.Request) { writeProblem(w, r, g.noSuchPath()) })
	}
}

// isPage tells what the dashboard serves: all below its path, and the root for
// people. Programs go on getting the list of what there is.
func (g *Gateway) isPage(path, name string, r *http.Request) bool {
	if g.cfg.Dashboard == nil {
		return false
	}
	return "/"+name == dashboard.Path || path == "/" && readByPeople(r.Header["Accept"])
}

// knows tells whether a provider is configured or served.
func (g *Gateway) knows(name string) bool {
	return slices.Contains(g.cfg.Providers, name) || g.table.Load().flavours[name] != nil
}

// serveProvider serves a path of a provider's API. One whose plugin has never
// described itself has no envelope yet.
func (g *Gateway) serveProvider(w *recorder, r *http.Request, name, path string) {
	w.provider = name
	f := g.table.Load().flavours[name]
	if f == nil {
		g.metrics.refused.Add(1, instrument.RefusedPlugin)
		w.Header().Set("Retry-After", "1")
		writeProblem(w, r, problem{
			Status: http.StatusServiceUnavailable,
			Detail: "The API of " + name + " has not started yet; try again shortly.",
		})
		return
	}
	x := &exchange{g: g, flavour: f, w: w, r: r, path: canonical(path)}
	if !strings.HasPrefix(x.path, "/") {
		x.path = "/" + x.path // the asterisk of OPTIONS, or the nothing of CONNECT
	}
	if scopes, ok := f.tokens[x.path]; ok {
		x.serveToken(scopes)
		return
	}
	x.serve()
}
