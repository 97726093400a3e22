package gateway

import (
	"fmt"

	"github.com/switchhook/switchhook/core/gateway/reference"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// newReference makes what serves /docs.
func (g *Gateway) newReference() (err error) {
	if g.unified, err = switchhook.GetSpecJSON(); err != nil {
		return fmt.Errorf("gateway: read the unified API's document: %w", err)
	}
	g.reference, err = reference.New(g.documents)
	return err
}

// documents are the unified API's and those of the providers that are served now.
func (g *Gateway) documents() []reference.Document {
	out := []reference.Document{{Name: "v1", Title: "Switchhook unified API", Base: "/v1/", OpenAPI: g.unified}}
	flavours := g.table.Load().flavours
	for _, name := range g.names() {
		f := flavours[name]
		if f == nil {
			continue
		}
		d := reference.Document{Name: name, Title: f.provider.Manifest.Title, OpenAPI: f.provider.Manifest.OpenAPI}
		if d.Title == "" {
			d.Title = name
		}
		if len(f.mux.Routes()) > 0 {
			d.Base = "/" + name + f.base + "/"
		}
		out = append(out, d)
	}
	return out
}
