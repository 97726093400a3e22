package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

// accountID that all requests act for; opaque to adapters.
var accountID = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/switchhook/switchhook/conformance")).String()

// request is one request of the vendor API that the document allows.
type request struct {
	op *operation
	// path, query and header are the parameters that are sent.
	path, query, header map[string]any
	body                body
}

// body of a request; what says which example of the document it is.
type body struct {
	bytes       []byte
	contentType string
	what        string
}

// String names the request in findings.
func (r request) String() string {
	if r.body.what == "" {
		return r.op.String()
	}
	return r.op.String() + ", " + r.body.what
}

// target is the path below the document's server, and the raw query.
func (r request) target() (path, query string) {
	path = placeholder.ReplaceAllStringFunc(r.op.path, func(name string) string {
		return url.PathEscape(fmt.Sprint(r.path[name[1:len(name)-1]]))
	})
	values := url.Values{}
	for _, p := range r.op.params {
		v, ok := r.query[p.Value.Name]
		if !ok || p.Value.In != openapi3.ParameterInQuery {
			continue
		}
		list, isList := v.([]any)
		switch explode := p.Value.Explode; {
		case isList && explode != nil && !*explode:
			values.Set(p.Value.Name, strings.Join(texts(list), ","))
		case isList:
			values[p.Value.Name] = texts(list)
		default:
			values.Set(p.Value.Name, fmt.Sprint(v))
		}
	}
	return path, values.Encode()
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	return out
}

// caller is who makes the request: one with all that the operation needs.
func (r request) caller() sdk.Caller {
	values := map[string]string{}
	for name, v := range r.path {
		values[name] = fmt.Sprint(v)
	}
	return sdk.Caller{AccountID: accountID, Namespace: r.op.namespace(values), Scopes: r.op.scopes()}
}

// api is the request as the gateway hands it on.
func (r request) api() pluginclient.APIRequest {
	path, query := r.target()
	req := pluginclient.APIRequest{
		Method: r.op.method, Path: path, Query: query, Body: r.body.bytes, OperationID: r.op.op.OperationID, Caller: r.caller(),
		Headers: []sdk.Header{
			{Name: "Host", Value: "api.example.com"},
			{Name: "X-Request-Id", Value: uuid.NewString()},
			{Name: "Accept", Value: "*/*"},
			{Name: "User-Agent", Value: "switchhook-conformance"},
		},
	}
	for _, p := range r.op.params {
		if v, ok := r.header[p.Value.Name]; ok && p.Value.In == openapi3.ParameterInHeader {
			req.Headers = append(req.Headers, sdk.Header{Name: p.Value.Name, Value: fmt.Sprint(v)})
		}
	}
	if r.body.contentType != "" {
		req.Headers = append(req.Headers, sdk.Header{Name: "Content-Type", Value: r.body.contentType})
	}
	return req
}

// http is the request as kin-openapi wants it, to hold an answer against.
func (r request) http() (*http.Request, error) {
	path, query := r.target()
	req, err := http.NewRequest(r.op.method, path+"?"+query, bytes.NewReader(r.body.bytes)) //nolint:noctx // never sent
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", r.body.contentType)
	return req, nil
}

// bodies lists what the document offers as request bodies: its examples by name,
// the schema's own, and a generated one. An operation without a body has one
// empty entry.
func (g generator) bodies(o *operation) (out []body, notes []string) {
	types := o.bodyTypes()
	if len(types) == 0 {
		return []body{{}}, nil
	}
	for _, contentType := range types {
		media := o.op.RequestBody.Value.Content[contentType]
		encode := encoderOf(contentType)
		if encode == nil {
			notes = append(notes, fmt.Sprintf("%s: no body of %s can be made; only JSON and forms can", o, contentType))
			continue
		}
		add := func(what string, v any) {
			if b, err := encode(v); err == nil {
				out = append(out, body{bytes: b, contentType: contentType, what: what})
			}
		}
		for _, name := range sortedKeys(media.Examples) {
			if e := media.Examples[name].Value; e != nil && e.Value != nil {
				add("example "+name, e.Value)
			}
		}
		if media.Example != nil {
			add("example", media.Example)
		}
		if media.Schema != nil {
			add("generated body", g.value("", media.Schema.Value, 0))
		}
	}
	return out, notes
}

// encoderOf writes values as a content type; nil for one that the kit does not know.
func encoderOf(contentType string) func(any) ([]byte, error) {
	switch {
	case isJSON(contentType):
		return json.Marshal
	case mediaType(contentType) == "application/x-www-form-urlencoded":
		return encodeForm
	default:
		return nil
	}
}

func encodeForm(v any) ([]byte, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a form must be an object")
	}
	values := url.Values{}
	for name, member := range object {
		if list, ok := member.([]any); ok {
			values[name] = texts(list)
			continue
		}
		values.Set(name, fmt.Sprint(member))
	}
	return []byte(values.Encode()), nil
}

// withoutRepeats keeps the order and drops bodies that are the same bytes.
func withoutRepeats(bodies []body) []body {
	var out []body
	for _, b := range bodies {
		if !slices.ContainsFunc(out, func(o body) bool { return o.contentType == b.contentType && bytes.Equal(o.bytes, b.bytes) }) {
			out = append(out, b)
		}
	}
	return out
}
