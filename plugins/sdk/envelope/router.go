package envelope

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// methods that an OpenAPI 3.0 document can name.
var methods = [...]string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodOptions, http.MethodTrace,
}

// NewRouter returns a router for an adapter's generated server that answers
// unknown paths and methods in the vendor's envelope. The gateway refuses such
// requests before; the router does not rely on that.
func NewRouter(a sdk.Adapter) *chi.Mux {
	router := chi.NewRouter()
	router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		a.EncodeError(w, r, sdk.Errorf(sdk.CodeNotFound, "There is no such path"))
	})
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		err := sdk.Errorf(sdk.CodeMethodNotAllowed, "The path does not know this method")
		for _, method := range methods {
			if router.Match(chi.NewRouteContext(), method, r.URL.Path) {
				err.Allow = append(err.Allow, method)
			}
		}
		a.EncodeError(w, r, err)
	})
	return router
}
