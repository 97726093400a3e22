// Package reference serves the API reference at /docs: a page for the unified API
// and one for each provider's, drawn by Redoc in the reader's browser from the
// documents themselves. Everything comes from the gateway, so that it works
// without a network.
package reference

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/gateway/assets"
)

// Path is where the handler stands.
const Path = "/docs"

// Document is one API's.
type Document struct {
	// Name stands in the page's path; it is a provider's name, or v1
	Name string
	// Title is for people.
	Title string
	// Base is the path of the API at the gateway, such as /callbell/v1/; empty where
	// the document has no operations.
	Base string
	// OpenAPI is the document, YAML or JSON.
	OpenAPI []byte
}

// assets/redoc holds files of the package redoc as they were published; see
// `make assets`.
//
//go:embed assets templates
var files embed.FS

// policy lets a page load what the gateway serves, and nothing else. Redoc writes
// its styles into the page, and has its search work beside the page in a script of
// its own making, which obeys this policy too.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Reference is the handler of /docs and all below it.
type Reference struct {
	documents func() []Document
	pages     *template.Template
	assets    http.Handler
}

var _ http.Handler = (*Reference)(nil)

// New returns the handler. documents gives those that are served now, in the order
// of the list that it shows.
func New(documents func() []Document) (*Reference, error) {
	pages, err := template.ParseFS(files, "templates/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("reference: parse the pages: %w", err)
	}
	content, err := assets.New(files, "assets")
	if err != nil {
		return nil, fmt.Errorf("reference: read the assets: %w", err)
	}
	return &Reference{documents: documents, pages: pages, assets: http.StripPrefix(Path+"/assets/", content)}, nil
}

// ServeHTTP implements [http.Handler] for GET and HEAD.
func (f *Reference) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	rest := strings.Trim(strings.TrimPrefix(r.URL.Path, Path), "/")
	name, file, below := strings.Cut(rest, "/")
	switch {
	case rest == "":
		f.page(w, r, "index.html.tmpl", f.documents())
	case name == "assets":
		f.assets.ServeHTTP(w, r)
	case below && file != "openapi":
		http.NotFound(w, r)
	default:
		f.document(w, r, name, below)
	}
}

// document serves the page of a document, or the document itself.
func (f *Reference) document(w http.ResponseWriter, r *http.Request, name string, raw bool) {
	for _, d := range f.documents() {
		switch {
		case d.Name != name:
		case raw:
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("Content-Type", contentType(d.OpenAPI))
			serve(w, r, d.OpenAPI)
			return
		default:
			f.page(w, r, "document.html.tmpl", d)
			return
		}
	}
	http.NotFound(w, r)
}

func contentType(document []byte) string {
	if bytes.HasPrefix(bytes.TrimSpace(document), []byte("{")) {
		return "application/json"
	}
	return "application/yaml"
}

func (f *Reference) page(w http.ResponseWriter, r *http.Request, name string, data any) {
	var page bytes.Buffer
	if err := f.pages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "The page cannot be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	serve(w, r, page.Bytes())
}

func serve(w http.ResponseWriter, r *http.Request, content []byte) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
