package gateway

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// addTokens finds where a document has clients fetch access tokens (the flow
// clientCredentials of an oauth2 scheme). A tokenUrl with a host is served
// elsewhere; a path is the gateway's, below the provider's prefix.
func (f *flavour) addTokens(doc *openapi3.T) error {
	if doc.Components == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.SecuritySchemes)) {
		scheme := doc.Components.SecuritySchemes[name].Value
		if scheme == nil || scheme.Flows == nil || scheme.Flows.ClientCredentials == nil {
			continue
		}
		flow := scheme.Flows.ClientCredentials
		path, err := f.tokenPath(flow.TokenURL)
		if err != nil {
			return fmt.Errorf("openapi: components.securitySchemes.%s: tokenUrl: %w", name, err)
		}
		if path != "" {
			scopes := slices.AppendSeq(slices.Clone(f.tokens[path]), maps.Keys(flow.Scopes))
			slices.Sort(scopes)
			f.tokens[path] = slices.Compact(scopes)
		}
	}
	return nil
}

// tokenPath returns the canonical path of a tokenUrl; "" where another host has it.
func (f *flavour) tokenPath(tokenURL string) (string, error) {
	u, err := url.Parse(tokenURL)
	if err != nil || u.Host != "" {
		return "", err
	}
	if u.Scheme != "" || !strings.HasPrefix(u.Path, "/") || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q must be an absolute URL, or a path that starts with a slash", tokenURL)
	}
	path := canonical(u.EscapedPath())
	if rest, ok := below(f.base, path); ok {
		for _, method := range f.methods {
			if op, _ := f.find(method, rest); op != nil {
				return "", fmt.Errorf("%q is also the path of operation %s", tokenURL, op.id)
			}
		}
	}
	return path, nil
}
