package explain

import (
	"maps"
	"net/url"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Query parses the query of a URL. The error is [sdk.CodeInvalid].
func Query(raw string) (url.Values, *sdk.Error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, Invalid(sdk.FieldError{In: "query", Message: "the query is malformed; escape its special characters"})
	}
	return query, nil
}

// UnknownQuery names the parameters that the operation does not have or that are
// given more than once; nil if there are none. kin-openapi takes both.
func UnknownQuery(route *routers.Route, query url.Values) *sdk.Error {
	var fields []sdk.FieldError
	for _, name := range slices.Sorted(maps.Keys(query)) {
		known := route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) != nil ||
			route.PathItem.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) != nil
		switch {
		case !known:
			fields = append(fields, sdk.FieldError{In: "query", Field: shorten(name), Message: "is no parameter of this operation"})
		case len(query[name]) > 1:
			fields = append(fields, sdk.FieldError{In: "query", Field: name, Message: "is given twice"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return Invalid(fields...)
}
