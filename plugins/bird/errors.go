package bird

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/gen/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

// bodyNames and queryNames are the engine's fields in the vendor's words.
var (
	bodyNames  = map[string]string{"event_types": "event", "secret": "signingKey", "filters": "eventFilters"}
	queryNames = map[string]string{"cursor": "pageToken"}
)

// inVendorWords renames the fields of an engine's error. What the document says of
// a request is in the client's words already, such as a member "secret" that is
// not known.
func inVendorWords(err *sdk.Error) *sdk.Error {
	out := *err
	out.Fields = slices.Clone(err.Fields)
	for i := range out.Fields {
		out.Fields[i].Field = vendorField(out.Fields[i].Field)
	}
	return &out
}

func vendorField(field string) string {
	pointer, ok := strings.CutPrefix(field, "/")
	if !ok {
		return named(queryNames, field)
	}
	first, rest, more := strings.Cut(pointer, "/")
	switch {
	case first == "event_types": // the engine has a list, a subscription here one event
		return "/" + bodyNames[first]
	case more:
		return "/" + named(bodyNames, first) + "/" + rest
	default:
		return "/" + named(bodyNames, first)
	}
}

// codes are the words of the envelope. The vendor publishes none but
// InvalidPayload, seen in answers of its platform; the others are ours.
var codes = map[sdk.Code]string{
	sdk.CodeUnauthenticated: "Unauthorized", sdk.CodeDenied: "Forbidden", sdk.CodeNotFound: "NotFound",
	sdk.CodeMethodNotAllowed: "MethodNotAllowed", sdk.CodeNotAcceptable: "NotAcceptable", sdk.CodeConflict: "Conflict",
	sdk.CodeTooLarge: "PayloadTooLarge", sdk.CodeUnsupportedMediaType: "UnsupportedMediaType",
	sdk.CodeRateLimited: "TooManyRequests", sdk.CodeUnavailable: "ServiceUnavailable",
}

// EncodeError implements [sdk.Adapter]: {"code","message","details"}. What is
// wrong with the body is 422, with a parameter 400.
func (a *adapter) EncodeError(w http.ResponseWriter, _ *http.Request, err *sdk.Error) {
	envelope.SetHeaders(w.Header(), err)
	if err.Code == sdk.CodeUnauthenticated {
		w.Header().Set("WWW-Authenticate", "AccessKey")
	}
	status, body := encode(err)
	envelope.Write(w, status, "application/json", body)
}

func encode(err *sdk.Error) (status int, body bird.Error) {
	status, body = err.Code.Status(), bird.Error{Code: codes[err.Code], Message: err.Message}
	switch {
	case err.Code == sdk.CodeLimit:
		status, body.Code = http.StatusUnprocessableEntity, "LimitExceeded"
	case err.Code == sdk.CodeInvalid && inBody(err):
		status, body.Code = http.StatusUnprocessableEntity, "InvalidPayload"
		body.Message = "One or more fields provided in the request body are malformed"
	case err.Code == sdk.CodeInvalid:
		body.Code = "InvalidRequest"
	case body.Code == "":
		body.Code = "InternalError"
	}
	body.Details = details(err)
	return status, body
}

func inBody(err *sdk.Error) bool {
	return err.Reason == sdk.ReasonMalformedBody ||
		slices.ContainsFunc(err.Fields, func(f sdk.FieldError) bool { return f.In == "body" })
}

// details tells what is wrong by field, as the vendor names them: .body.url.
func details(err *sdk.Error) *map[string][]string {
	out := map[string][]string{}
	for _, f := range err.Fields {
		path := fieldPath(f)
		out[path] = append(out[path], f.Message)
	}
	if err.Reason == sdk.ReasonMalformedBody && len(out) == 0 {
		out[".body"] = []string{err.Message}
	}
	if len(out) == 0 {
		return nil
	}
	return &out
}

// fieldPath writes the JSON pointer /eventFilters/0/key as .body.eventFilters[0].key.
func fieldPath(f sdk.FieldError) string {
	in := f.In
	if in == "" {
		in = "body"
	}
	path := "." + in
	switch {
	case f.Field == "":
		return path
	case !strings.HasPrefix(f.Field, "/"):
		return path + "." + f.Field
	}
	for i, token := range strings.Split(f.Field[1:], "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if _, err := strconv.ParseUint(token, 10, 32); err == nil && i > 0 {
			path += "[" + token + "]"
			continue
		}
		path += "." + token
	}
	return path
}

func named(names map[string]string, name string) string {
	if vendor, ok := names[name]; ok {
		return vendor
	}
	return name
}

func errNoSubscription() *sdk.Error {
	return sdk.Errorf(sdk.CodeNotFound, "There is no webhook subscription with this ID")
}

func errNoRequest() *sdk.Error {
	return sdk.Errorf(sdk.CodeNotFound, "There is no request with this ID in the last seven days")
}
