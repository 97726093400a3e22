package unified

import (
	"errors"
	"net/http"
	"regexp"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/gateway/explain"
)

// uuidText is the one form of UUIDs that is taken; the parser knows more.
var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

var validationOptions = []openapi3.SchemaValidationOption{
	openapi3.WithStringFormatValidator("uuid", openapi3.NewCallbackValidator(checkUUID)),
}

// checkUUID refuses the nil UUID too: it is nobody's id, and in a query would
// select everything.
func checkUUID(text string) error {
	if !uuidText.MatchString(text) || text == uuid.Nil.String() {
		return errors.New("is no UUID")
	}
	return nil
}

// validate checks parameters and body against the document.
func (e *edge) validate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		if c.operation.unasked(r.URL.RawQuery) {
			next.ServeHTTP(w, r)
			return
		}
		query, invalid := explain.Query(r.URL.RawQuery)
		if invalid == nil {
			invalid = explain.UnknownQuery(c.operation.Route, query)
		}
		if invalid != nil {
			e.fail(w, r, invalid)
			return
		}
		if err := openapi3filter.ValidateRequest(r.Context(), c.validationInput(r, query)); err != nil {
			e.fail(w, r, explain.Request(err, validationOptions...))
			return
		}
		next.ServeHTTP(w, r)
	})
}
