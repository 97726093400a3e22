// Package dashboard serves the gateway's pages for people, at / and below /ui: what
// is delivered and what is not, and the means to do something about it. Pages are
// written on the server and work without a script; htmx keeps those up to date that
// show what changes. It is a client of the unified API, with the key that somebody
// has logged in with: who may see and do what is decided there alone.
package dashboard

import (
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/core/gateway/assets"
	"github.com/switchhook/switchhook/core/secret"
)

// Path is where all pages but the first one stand.
const Path = "/ui"

// assets/htmx and assets/uplot hold files of the packages htmx.org and uplot as they
// were published; see `make assets`.
//
//go:embed assets templates
var files embed.FS

// policy lets a page load what the gateway serves, and nothing else; no script or
// style stands in a page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Config is what the dashboard stands on. All fields but HTTPS must be set.
type Config struct {
	// API serves the unified API; the dashboard calls it in place.
	API http.Handler
	// Box seals the sessions. Gateways of one database have the same key, so that
	// each reads the other's.
	Box *secret.Box
	// HTTPS says that browsers come by https even where the gateway does not see it,
	// behind a proxy.
	HTTPS bool
	// MaxBodyBytes bounds a form.
	MaxBodyBytes int64
	Now          func() time.Time
	Log          *slog.Logger
}

// Dashboard is the handler of / and of all below [Path].
type Dashboard struct {
	cfg    Config
	client *http.Client
	pages  pages
	serve  http.Handler
}

var _ http.Handler = (*Dashboard)(nil)

// New returns the handler. Errors name what is missing.
func New(cfg Config) (*Dashboard, error) {
	if cfg.API == nil || cfg.Box == nil || cfg.Now == nil || cfg.Log == nil || cfg.MaxBodyBytes <= 0 {
		return nil, errors.New("dashboard: API, Box, Now, Log and MaxBodyBytes must be set")
	}
	pages, err := newPages(cfg.Now)
	if err != nil {
		return nil, fmt.Errorf("dashboard: find the pages: %w", err)
	}
	content, err := assets.New(files, "assets")
	if err != nil {
		return nil, fmt.Errorf("dashboard: read the assets: %w", err)
	}
	d := &Dashboard{cfg: cfg, client: &http.Client{Transport: inPlace{handler: cfg.API}}, pages: pages}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path+"/assets/{file...}", http.StripPrefix(Path+"/assets/", content))
	d.routes(mux)
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(d.foreign))
	d.serve = origin.Handler(mux)
	return d, nil
}

// ServeHTTP implements [http.Handler].
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, d.cfg.MaxBodyBytes)
	defer noteRoute(w, r)
	d.serve.ServeHTTP(w, r)
}

// foreign answers a form that another site has sent.
func (d *Dashboard) foreign(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusForbidden, "message", page{Title: "Request refused", Data: message{
		Text: "The form was sent from another site, so nothing was changed.",
		Hint: "Open the dashboard itself and try again. Behind a proxy, let it pass on the Host header.",
	}})
}

// once makes the text that tells a form sent twice from two forms.
func once() string { return rand.Text() }
