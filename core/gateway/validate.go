package gateway

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// validate checks parameters and body against the document. Nothing of the
// request is changed: the adapter gets the bytes of the client, without the
// schema's defaults.
func (x *exchange) validate() *sdk.Error {
	query, e := explain.Query(x.r.URL.RawQuery)
	if e != nil {
		return e
	}
	if isJSON(x.contentType) {
		if e := explain.JSON(x.body); e != nil {
			return e
		}
	}
	err := openapi3filter.ValidateRequest(x.r.Context(), &openapi3filter.RequestValidationInput{
		Request: x.validationRequest(), PathParams: x.params, QueryParams: query, Route: x.op.route,
		Options: &openapi3filter.Options{
			MultiError: len(x.body) <= explain.MaxBody, SkipSettingDefaults: true,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	})
	if err != nil {
		return explain.Request(err)
	}
	return nil
}

// validationRequest is what kin-openapi reads; it puts other bodies into it.
func (x *exchange) validationRequest() *http.Request {
	r := &http.Request{Method: x.r.Method, URL: x.r.URL, Host: x.r.Host, Header: x.r.Header, Body: http.NoBody}
	if len(x.body) == 0 {
		return r
	}
	r.Body = io.NopCloser(bytes.NewReader(x.body))
	r.ContentLength = int64(len(x.body))
	if x.contentType != "" {
		r.Header = r.Header.Clone()
		r.Header.Set("Content-Type", x.contentType)
	}
	return r
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
