package gateway

import (
	"maps"
	"net/http"
	"slices"

	"github.com/switchhook/switchhook/core/gateway/reference"
)

// index is what the root path shows.
type index struct {
	Name      string            `json:"name"`
	Providers []indexProvider   `json:"providers"`
	Links     map[string]string `json:"links"`
}

type indexProvider struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	// Path is the prefix of the provider's API.
	Path string `json:"path"`
	// Available tells whether the plugin has described itself.
	Available bool `json:"available"`
}

// index names the providers and where things are.
func (g *Gateway) index(w http.ResponseWriter, _ *http.Request) {
	out := index{Name: "switchhook", Links: map[string]string{
		"unified": "/v1/", "health": "/healthz", "ready": "/readyz", "metrics": "/metrics", "docs": reference.Path,
	}}
	flavours := g.table.Load().flavours
	for _, name := range g.names() {
		p := indexProvider{Name: name, Path: "/" + name + "/"}
		if f := flavours[name]; f != nil {
			p.Title, p.Path, p.Available = f.provider.Manifest.Title, "/"+name+f.base+"/", true
		}
		out.Providers = append(out.Providers, p)
	}
	w.Header().Set("Content-Type", "application/json")
	writeJSON(w, http.StatusOK, out)
}

// names lists the providers that are configured or served.
func (g *Gateway) names() []string {
	all := append(slices.Collect(maps.Keys(g.table.Load().flavours)), g.cfg.Providers...)
	slices.Sort(all)
	return slices.Compact(all)
}
