package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// answerProblem tells why the document does not describe an answer; "" if it does.
func answerProblem(r request, resp *sdk.Response) string {
	if problem := bodyProblem(resp); problem != "" {
		return problem
	}
	req, err := r.http()
	if err != nil {
		return err.Error()
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: req,
			Route:   &routers.Route{Spec: r.op.doc, Path: r.op.path, PathItem: r.op.item, Method: r.op.method, Operation: r.op.op},
		},
		Status: resp.Status, Header: headerOf(resp), Body: io.NopCloser(bytes.NewReader(resp.Body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err == nil {
		return ""
	}
	return explained(err)
}

// bodyProblem tells what is wrong with a body whatever the document says.
func bodyProblem(resp *sdk.Response) string {
	contentType := headerOf(resp).Get("Content-Type")
	switch {
	case len(resp.Body) == 0:
		return ""
	case contentType == "":
		return "the body has no Content-Type"
	case isJSON(contentType) && !json.Valid(resp.Body):
		return fmt.Sprintf("the body is %s by its Content-Type, but no JSON: %s", contentType, excerpt(resp.Body))
	default:
		return ""
	}
}

func headerOf(resp *sdk.Response) http.Header {
	h := http.Header{}
	for _, header := range resp.Headers {
		h.Add(header.Name, header.Value)
	}
	return h
}

// explained is kin-openapi's error without the schema and the value.
func explained(err error) string {
	var re *openapi3filter.ResponseError
	if !errors.As(err, &re) {
		return firstLine(err.Error())
	}
	var se *openapi3.SchemaError
	switch {
	case errors.As(re.Err, &se):
		return fmt.Sprintf("the body is not as described: /%s: %s", strings.Join(se.JSONPointer(), "/"), firstLine(se.Reason))
	case re.Err != nil:
		return re.Reason + ": " + firstLine(re.Err.Error())
	default:
		return re.Reason
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// maxExcerpt bounds what of an answer is quoted.
const maxExcerpt = 200

// excerpt is the start of a body, fit for a finding.
func excerpt(b []byte) string {
	if len(b) > maxExcerpt {
		return strings.ToValidUTF8(string(b[:maxExcerpt]), "\uFFFD") + " …"
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// shown is an answer in a finding.
func shown(resp *sdk.Response) string { return fmt.Sprintf("%d %s", resp.Status, excerpt(resp.Body)) }

func isSuccess(resp *sdk.Response) bool { return resp.Status >= 200 && resp.Status < 400 }

// envelopeProblem tells why an answer is no error in the vendor's envelope. Where
// the document does not describe the status, the body must be that of another
// error of the operation; r.op is nil for a path that the document does not have.
func envelopeProblem(doc *openapi3.T, r request, resp *sdk.Response) string {
	if resp.Status < 400 {
		return fmt.Sprintf("a failure is answered with status %d", resp.Status)
	}
	if r.op != nil && (r.op.op.Responses.Status(resp.Status) != nil || r.op.op.Responses.Default() != nil) {
		return answerProblem(r, resp)
	}
	if problem := bodyProblem(resp); problem != "" {
		return problem
	}
	known := errorBodies(doc, r.op)
	if len(known) == 0 {
		return ""
	}
	for _, response := range known {
		media := response.Content.Get(headerOf(resp).Get("Content-Type"))
		if media == nil || media.Schema == nil {
			continue
		}
		var v any
		if json.Unmarshal(resp.Body, &v) == nil && media.Schema.Value.VisitJSON(v) == nil {
			return ""
		}
	}
	return "the body is none of the error bodies that the document describes"
}

// errorBodies are the documented errors of an operation, or of the whole document
// where op is nil, that have a body.
func errorBodies(doc *openapi3.T, op *operation) []*openapi3.Response {
	operations := []*operation{op}
	if op == nil {
		operations = operationsOf(doc)
	}
	var out []*openapi3.Response
	for _, o := range operations {
		for status, ref := range o.op.Responses.Map() {
			if ref.Value != nil && len(ref.Value.Content) > 0 && (status[0] == '4' || status[0] == '5' || status == "default") {
				out = append(out, ref.Value)
			}
		}
	}
	return out
}
