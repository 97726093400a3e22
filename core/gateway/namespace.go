package gateway

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxNamespace bounds a namespace, in bytes.
const maxNamespace = 512

// namespace is how an operation's path names a part of the account, as the
// x-namespace extension of the operation or its path says:
// {organizationId}/{workspaceId}. The zero value names the empty namespace.
type namespace struct {
	// texts stand around the parameters: texts[0], params[0], texts[1] and so on.
	texts, params []string
}

func newNamespace(path string, item *openapi3.PathItem, o *openapi3.Operation) (namespace, error) {
	template, err := text(o.Extensions, "x-namespace")
	if err == nil && template == "" {
		template, err = text(item.Extensions, "x-namespace")
	}
	if err != nil || template == "" {
		return namespace{}, err
	}
	_, known := compilePath(path)
	var n namespace
	end := 0
	for _, at := range pathParameter.FindAllStringSubmatchIndex(template, -1) {
		name := template[at[2]:at[3]]
		if !slices.Contains(known, name) {
			return namespace{}, fmt.Errorf("x-namespace: {%s} is not a parameter of the path", name)
		}
		n.texts, n.params = append(n.texts, template[end:at[0]]), append(n.params, name)
		end = at[1]
	}
	n.texts = append(n.texts, template[end:])
	return n, nil
}

// fill returns the namespace that a request names. Values are escaped, so that
// no two requests with other values get the same one.
func (n namespace) fill(params map[string]string) (string, *sdk.Error) {
	var b strings.Builder
	for i, text := range n.texts {
		b.WriteString(text)
		if i < len(n.params) {
			b.WriteString(url.PathEscape(params[n.params[i]]))
		}
	}
	if b.Len() > maxNamespace {
		return "", explain.Invalid(sdk.FieldError{In: "path", Field: n.params[0], Message: "is too long"})
	}
	return b.String(), nil
}
