package explain_test

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	query, e := explain.Query("a=1&a=2&b=%20")
	require.Nil(t, e)
	require.Equal(t, []string{"1", "2"}, query["a"])
	require.Equal(t, " ", query.Get("b"))
	_, e = explain.Query("a=%zz")
	require.Equal(t, []sdk.FieldError{{In: "query", Message: "the query is malformed; escape its special characters"}}, e.Fields)
}

func TestUnknownQuery(t *testing.T) {
	t.Parallel()
	parameter := func(in *openapi3.Parameter) *openapi3.ParameterRef { return &openapi3.ParameterRef{Value: in} }
	route := &routers.Route{
		PathItem: &openapi3.PathItem{Parameters: openapi3.Parameters{parameter(openapi3.NewQueryParameter("path"))}},
		Operation: &openapi3.Operation{Parameters: openapi3.Parameters{
			parameter(openapi3.NewQueryParameter("own")), parameter(openapi3.NewHeaderParameter("header")),
		}},
	}
	long := strings.Repeat("x", 1000)
	for raw, want := range map[string][]sdk.FieldError{
		"":               nil,
		"own=1&path=2":   nil,
		"own=1&own=1":    {{In: "query", Field: "own", Message: "is given twice"}},
		"header=1&Own=1": {{In: "query", Field: "Own", Message: "is no parameter of this operation"}, {In: "query", Field: "header", Message: "is no parameter of this operation"}},
		long:             {{In: "query", Field: long[:200] + "…", Message: "is no parameter of this operation"}},
	} {
		query, e := explain.Query(raw)
		require.Nil(t, e)
		e = explain.UnknownQuery(route, query)
		if want == nil {
			require.Nil(t, e, raw)
			continue
		}
		require.Equal(t, sdk.CodeInvalid, e.Code)
		require.Equal(t, want, e.Fields)
	}
}
