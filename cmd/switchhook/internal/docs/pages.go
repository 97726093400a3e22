package main

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/documented"
)

const (
	eventsPage   = "docs/events.md"
	providersDir = "docs/providers"
	eventsYAML   = "openapi/events.yaml"
)

//go:embed *.tmpl
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"cell": cell, "code": code, "fence": fence,
}).ParseFS(templateFiles, "*.tmpl"))

// provider is what a page is made of.
type provider struct {
	Name     string
	Manifest sdk.Manifest
	Document *openapi3.T
	// Examples of the vendor's documentation; nil where there is no vendor.
	Examples *documented.Set
}

// pages makes all pages, by their path below the root.
func pages(root string) (map[string][]byte, error) {
	var providers []provider
	for _, name := range app.Bundled() {
		p, err := newProvider(root, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		providers = append(providers, p)
	}
	types, err := canonicalTypes(root)
	if err != nil {
		return nil, err
	}
	operations, err := apiOperations()
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	if out[apiPage], err = render("api.md.tmpl", operations); err != nil {
		return nil, err
	}
	if out[eventsPage], err = render("events.md.tmpl", newMatrix(types, providers)); err != nil {
		return nil, err
	}
	if out[observabilityPage], err = render("observability.md.tmpl", newObserved()); err != nil {
		return nil, err
	}
	for _, p := range providers {
		if out[filepath.Join(providersDir, p.Name+".md")], err = render("provider.md.tmpl", p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func newProvider(root, name string) (provider, error) {
	adapter, err := app.Adapter(name)
	if err != nil {
		return provider{}, err
	}
	p := provider{Name: name, Manifest: adapter.Manifest()}
	if p.Document, err = openapi3.NewLoader().LoadFromData(p.Manifest.OpenAPI); err != nil {
		return provider{}, err
	}
	dir := filepath.Join(root, "plugins", name, "testdata", "documented")
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return p, nil
	}
	p.Examples, err = documented.Load(dir)
	return p, err
}

func render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// cell is text that fits a table: in one line, without the table's own sign.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

// code is text as code in a table; a dash where there is none.
func code(text string) string {
	if text == "" {
		return "—"
	}
	quote := "`"
	if strings.Contains(text, quote) {
		quote = "``"
	}
	return quote + cell(text) + quote
}

// fence is a block of code.
func fence(language, text string) string {
	return "```" + language + "\n" + strings.Trim(text, "\n") + "\n```"
}
