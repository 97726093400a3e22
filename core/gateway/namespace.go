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
	// uuids tells which parameters are UUIDs by their schema's format.
	uuids []bool
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
		n.uuids = append(n.uuids, isUUID(item, o, name))
		end = at[1]
	}
	n.texts = append(n.texts, template[end:])
	return n, nil
}

// isUUID tells whether a path parameter is a UUID by its schema's format.
func isUUID(item *openapi3.PathItem, o *openapi3.Operation, name string) bool {
	p := o.Parameters.GetByInAndName(openapi3.ParameterInPath, name)
	if p == nil {
		p = item.Parameters.GetByInAndName(openapi3.ParameterInPath, name)
	}
	return p != nil && p.Schema != nil && p.Schema.Value != nil && p.Schema.Value.Format == "uuid"
}

// fill returns the namespace that a request names. Values are escaped, so that
// no two requests with other values get the same one; UUIDs are written in lower
// case, since those that differ in case alone are the same (RFC 9562, section 4).
func (n namespace) fill(params map[string]string) (string, *sdk.Error) {
	var b strings.Builder
	for i, text := range n.texts {
		b.WriteString(text)
		if i < len(n.params) {
			value := params[n.params[i]]
			if n.uuids[i] {
				value = strings.ToLower(value)
			}
			b.WriteString(url.PathEscape(value))
		}
	}
	if b.Len() > maxNamespace {
		return "", explain.Invalid(sdk.FieldError{In: "path", Field: n.params[0], Message: "is too long"})
	}
	return b.String(), nil
}
