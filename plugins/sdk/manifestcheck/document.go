package manifestcheck

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxDocument bounds an OpenAPI document, in bytes.
const maxDocument = 8 << 20

// parseDocument reads an OpenAPI 3.0 document that stands on its own. Documents
// of 3.1 are refused: validating requests by them compiles their JSON Schemas
// at every request.
func parseDocument(raw []byte) (doc *openapi3.T, err error) {
	// The document comes from another process; a parser that panics on it must
	// not take the gateway down.
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, fmt.Errorf("cannot be parsed: %v", p)
		}
	}()
	switch {
	case len(raw) == 0:
		return nil, errors.New("is missing")
	case len(raw) > maxDocument:
		return nil, fmt.Errorf("has %d bytes, more than %d", len(raw), maxDocument)
	}
	loader := openapi3.NewLoader() // external references stay refused
	doc, err = loader.LoadFromData(raw)
	if err != nil {
		return nil, fmt.Errorf("cannot be parsed: %w", err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.0.") {
		return nil, fmt.Errorf("is of OpenAPI %q; write it in 3.0.3", doc.OpenAPI)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("is not valid: %w", err)
	}
	return doc, nil
}
