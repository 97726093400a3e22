package gateway

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// flavour is one provider's API, made from its document, immutable.
type flavour struct {
	provider *provider.Provider
	// base is the path of the document's server URL, without a slash at its end.
	base string
	mux  *chi.Mux
	// operations by method and pattern of the mux.
	operations map[string]*operation
	// methods that the document has anywhere, sorted.
	methods []string
	// accept is what a request must accept one of; nil when it need not say.
	accept []string
	// scopes are all that the document names.
	scopes []string
	// credentials are the header fields that hold them.
	credentials []string
	// tokens are the paths, below the provider's prefix, where clients fetch access
	// tokens, with the scopes that they may ask for.
	tokens map[string][]string
}

// newFlavour makes the flavour of a document. The document is another process's
// word: what the router or kin-openapi panics on is an error of the document.
func newFlavour(p *provider.Provider) (f *flavour, err error) {
	defer func() {
		if v := recover(); v != nil {
			f, err = nil, fmt.Errorf("openapi: cannot be routed: %v", v)
		}
	}()
	doc := p.Document
	base, err := doc.Servers.BasePath()
	if err != nil {
		return nil, fmt.Errorf("openapi: servers[0].url: %w", err)
	}
	f = &flavour{
		provider: p, base: strings.TrimSuffix(canonical(base), "/"), mux: chi.NewMux(),
		operations: map[string]*operation{}, tokens: map[string][]string{},
	}
	if f.accept, err = mediaTypes(doc.Extensions); err != nil {
		return nil, err
	}
	f.scopes = documentScopes(doc)
	methods := map[string]bool{}
	for _, path := range doc.Paths.InMatchingOrder() {
		for method, operation := range doc.Paths.Find(path).Operations() {
			if err := f.add(path, method, operation); err != nil {
				return nil, fmt.Errorf("openapi: %s %s: %w", method, path, err)
			}
			methods[method] = true
		}
	}
	f.methods = slices.Sorted(maps.Keys(methods))
	return f, f.addTokens(doc)
}

func (f *flavour) add(path, method string, operation *openapi3.Operation) error {
	if strings.Contains(path, "}{") {
		return errors.New("two parameters stand side by side; nothing tells where one ends")
	}
	pattern, params := compilePath(path)
	op, err := newOperation(f.provider.Document, path, method, operation)
	if err != nil {
		return err
	}
	op.params = params
	for _, r := range op.security {
		if !slices.Contains(f.credentials, r.header) {
			f.credentials = append(f.credentials, r.header)
		}
	}
	if f.operations[method+" "+pattern] != nil {
		return errors.New("another path matches the same requests")
	}
	// The mux is only asked what matches; it calls nothing.
	f.mux.Method(method, pattern, http.NotFoundHandler())
	f.operations[method+" "+pattern] = op
	return nil
}

// find returns the operation of a canonical path below the base, with the
// decoded path parameters; nil when there is none. A parameter is never empty:
// to the engine, an empty id is the account's only subscription.
func (f *flavour) find(method, path string) (*operation, map[string]string) {
	rctx := chi.NewRouteContext()
	op := f.operations[method+" "+f.mux.Find(rctx, method, path)]
	if op == nil {
		return nil, nil
	}
	params := make(map[string]string, len(op.params))
	for i, name := range op.params {
		value, err := unescape(rctx.URLParam(paramKey(i)))
		if value == "" || err != nil {
			return nil, nil
		}
		params[name] = value
	}
	return op, params
}

// route returns the operation of a request, or why there is none.
func (f *flavour) route(method, path string) (*operation, map[string]string, *sdk.Error) {
	op, params := f.find(method, path)
	if op != nil {
		return op, params, nil
	}
	var allow []string
	for _, m := range f.methods {
		if other, _ := f.find(m, path); other != nil {
			allow = append(allow, m)
		}
	}
	if len(allow) == 0 {
		return nil, nil, sdk.Errorf(sdk.CodeNotFound, "There is no such path")
	}
	e := sdk.Errorf(sdk.CodeMethodNotAllowed, "The path does not know this method; use %s", strings.Join(allow, ", "))
	e.Allow = allow
	return nil, nil, e
}
