package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxManyErrors is the largest body of which all errors are looked for, in
// bytes. Each error takes memory; of a larger body the first is enough.
const maxManyErrors = 64 << 10

// validate checks parameters and body against the document. Nothing of the
// request is changed: the adapter gets the bytes of the client, without the
// schema's defaults.
func (x *exchange) validate() *sdk.Error {
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return invalid(sdk.FieldError{In: "query", Message: "the query is malformed; escape its special characters"})
	}
	if e := x.checkSyntax(); e != nil {
		return e
	}
	err = openapi3filter.ValidateRequest(x.r.Context(), &openapi3filter.RequestValidationInput{
		Request: x.validationRequest(), PathParams: x.params, QueryParams: query, Route: x.op.route,
		Options: &openapi3filter.Options{
			MultiError: len(x.body) <= maxManyErrors, SkipSettingDefaults: true,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	})
	if err != nil {
		return explain(err)
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

// checkSyntax refuses a body that says it is JSON and is not. kin-openapi would
// read the first value and leave the rest.
func (x *exchange) checkSyntax() *sdk.Error {
	if !isJSON(x.contentType) {
		return nil
	}
	e := &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: "The body is not valid JSON"}
	if !utf8.Valid(x.body) {
		e.Message += ": it is not UTF-8"
		return e
	}
	if json.Valid(x.body) {
		return nil
	}
	var v json.RawMessage
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(x.body, &v), &syntax) {
		e.Message += fmt.Sprintf(": %s at byte %d", syntax.Error(), syntax.Offset)
	}
	return e
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
