// Package provider holds what the gateway knows of a provider: its manifest,
// checked as strictly as a user's input, the parsed API document, and the
// catalogue that turns an event's type into native names. It does no I/O.
package provider

import (
	"errors"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/manifestcheck"
)

// Provider is one checked manifest. It is immutable: a plugin that describes
// itself anew makes a new Provider.
type Provider struct {
	// Manifest as the adapter gave it.
	Manifest sdk.Manifest
	// Document is the manifest's OpenAPI document, valid and with its references
	// resolved. Do not change it.
	Document *openapi3.T

	catalogue catalogue
}

// New checks a manifest. The error names every field that is wrong, and what
// would be right.
func New(m sdk.Manifest) (*Provider, error) {
	doc, problems := manifestcheck.Check(&m)
	if len(problems) > 0 {
		errs := make([]error, len(problems))
		for i, problem := range problems {
			errs[i] = problem
		}
		return nil, errors.Join(errs...)
	}
	return &Provider{Manifest: m, Document: doc, catalogue: newCatalogue(&m)}, nil
}

// Name of the flavour, which is the path prefix of its API.
func (p *Provider) Name() string { return p.Manifest.Provider }
