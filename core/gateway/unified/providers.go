package unified

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// ListProviders lists the providers by name, those whose plugin was never up too.
func (s *server) ListProviders(ctx context.Context, _ switchhook.ListProvidersRequestObject) (switchhook.ListProvidersResponseObject, error) {
	known := s.providers(principal(ctx).Operator)
	out := switchhook.ListProviders200JSONResponse{Items: []switchhook.Provider{}}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		out.Items = append(out.Items, known[name])
	}
	return out, nil
}

// GetProvider reads one provider.
func (s *server) GetProvider(ctx context.Context, req switchhook.GetProviderRequestObject) (switchhook.GetProviderResponseObject, error) {
	p, ok := s.providers(principal(ctx).Operator)[req.Name]
	if !ok {
		return nil, noProvider()
	}
	return switchhook.GetProvider200JSONResponse(p), nil
}

func noProvider() error { return sdk.Errorf(sdk.CodeNotFound, "There is no such provider") }

// GetProviderOpenAPI gives the document as the adapter gave it.
func (s *server) GetProviderOpenAPI(_ context.Context, req switchhook.GetProviderOpenAPIRequestObject) (switchhook.GetProviderOpenAPIResponseObject, error) {
	p := s.Providers.Providers().Get(req.Name)
	if p == nil {
		return nil, noProvider()
	}
	return documentAnswer(p.Manifest.OpenAPI), nil
}

// GetOpenAPI gives this API's document.
func (s *server) GetOpenAPI(context.Context, switchhook.GetOpenAPIRequestObject) (switchhook.GetOpenAPIResponseObject, error) {
	return documentAnswer(s.document), nil
}

// documentAnswer is an OpenAPI document, JSON or YAML.
type documentAnswer []byte

// VisitGetProviderOpenAPIResponse writes the answer.
func (r documentAnswer) VisitGetProviderOpenAPIResponse(w http.ResponseWriter) error {
	contentType := "application/yaml"
	if bytes.HasPrefix(bytes.TrimSpace(r), []byte("{")) {
		contentType = jsonType
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(r)
	return err
}

// VisitGetOpenAPIResponse writes the answer.
func (r documentAnswer) VisitGetOpenAPIResponse(w http.ResponseWriter) error {
	return r.VisitGetProviderOpenAPIResponse(w)
}
