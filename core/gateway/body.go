package gateway

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const formType = "application/x-www-form-urlencoded"

// read takes the body in, up to the configured size.
func (x *exchange) read() *sdk.Error {
	limit := x.g.cfg.MaxBodyBytes
	tooLarge := sdk.Errorf(sdk.CodeTooLarge, "The body must have at most %d bytes", limit)
	if x.r.ContentLength > limit {
		return tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, limit))
	if e := (*http.MaxBytesError)(nil); errors.As(err, &e) {
		return tooLarge
	}
	if err != nil {
		return &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: "The body could not be read to its end"}
	}
	x.body = body
	return nil
}

// settleContentType decides how the body is read. A body without a content
// type, or with the one that curl -d gives, is read as the operation's default.
func (x *exchange) settleContentType() *sdk.Error {
	if len(x.body) == 0 || len(x.op.content) == 0 {
		return nil
	}
	if coding := x.r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return sdk.Errorf(sdk.CodeUnsupportedMediaType, "The body must not be compressed; send it without Content-Encoding")
	}
	given := x.r.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(given)
	if err != nil {
		media = ""
	}
	switch {
	case x.op.accepts(media):
		x.contentType = given
	case x.op.defaultContent != "" && (isBlank(given) || media == formType):
		x.contentType = x.op.defaultContent
	default:
		return sdk.Errorf(sdk.CodeUnsupportedMediaType, "The Content-Type must be %s", strings.Join(x.op.content, " or "))
	}
	return nil
}
