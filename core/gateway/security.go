package gateway

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// requirement is one way into an operation: where the token stands, and which
// scopes it must have.
type requirement struct {
	// header field of the token, in canonical form.
	header string
	// word before the token; "" where the token stands alone.
	word string
	// bare tokens are accepted beside those with the word.
	bare bool
	// scopes that are all needed.
	scopes []string
	// unified: the scopes are Switchhook's own, since the document names none.
	unified bool
}

// newSecurity reads the requirements of an operation, or the document's.
func newSecurity(doc *openapi3.T, o *openapi3.Operation) (out []requirement, anonymous bool, err error) {
	list := doc.Security
	if o.Security != nil {
		list = *o.Security
	}
	if len(list) == 0 {
		return nil, true, nil
	}
	for i, entry := range list {
		if len(entry) == 0 {
			anonymous = true
			continue
		}
		if len(entry) > 1 {
			return nil, false, fmt.Errorf("security[%d]: names several schemes at once; a request has one API key", i)
		}
		for name, scopes := range entry {
			r, err := newRequirement(doc, name)
			if err != nil {
				return nil, false, err
			}
			r.scopes = scopes
			out = append(out, r)
		}
	}
	return out, anonymous, nil
}

// newRequirement reads a security scheme. The extension x-auth-prefix names
// another word before the token than Bearer; none makes the word optional.
func newRequirement(doc *openapi3.T, name string) (requirement, error) {
	at := "components.securitySchemes." + name
	var scheme *openapi3.SecurityScheme
	if doc.Components != nil && doc.Components.SecuritySchemes[name] != nil {
		scheme = doc.Components.SecuritySchemes[name].Value
	}
	if scheme == nil {
		return requirement{}, fmt.Errorf("%s: is not declared", at)
	}
	prefix, err := text(scheme.Extensions, "x-auth-prefix")
	if err != nil || prefix != "" && !isToken(prefix) {
		return requirement{}, fmt.Errorf("%s: x-auth-prefix: must be one word", at)
	}
	r := requirement{header: "Authorization", word: "Bearer"}
	switch {
	case scheme.Type == "oauth2", scheme.Type == "http" && (strings.EqualFold(scheme.Scheme, "bearer") || prefix != ""):
	case scheme.Type == "apiKey" && scheme.In == "header" && isToken(scheme.Name):
		r.header = http.CanonicalHeaderKey(scheme.Name)
		if prefix == "" {
			r.word = ""
		}
	default:
		return requirement{}, fmt.Errorf("%s: only http bearer, oauth2 and apiKey in a header are supported", at)
	}
	switch prefix {
	case "":
	case "none":
		r.bare = true
	default:
		r.word = prefix
	}
	return r, nil
}

// documentScopes lists every scope that a document names.
func documentScopes(doc *openapi3.T) []string {
	set := map[string]bool{}
	if doc.Components != nil {
		for _, ref := range doc.Components.SecuritySchemes {
			if ref.Value != nil && ref.Value.Flows != nil {
				f := ref.Value.Flows
				for _, flow := range []*openapi3.OAuthFlow{f.Implicit, f.Password, f.ClientCredentials, f.AuthorizationCode} {
					if flow != nil {
						maps.Copy(set, allTrue(slices.Collect(maps.Keys(flow.Scopes))))
					}
				}
			}
		}
	}
	lists := []openapi3.SecurityRequirements{doc.Security}
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if o.Security != nil {
				lists = append(lists, *o.Security)
			}
		}
	}
	for _, list := range lists {
		for _, entry := range list {
			for _, scopes := range entry {
				maps.Copy(set, allTrue(scopes))
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func allTrue(names []string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, n := range names {
		out[n] = true
	}
	return out
}
