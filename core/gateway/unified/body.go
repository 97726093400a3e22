package unified

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// readBody reads the whole body within its bound and settles its content type.
func (e *edge) readBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := operationOf(r.Context())
		body, err := e.body(w, r)
		if err == nil && o.contentTypes() != nil {
			err = checkEncoding(r.Header)
		}
		if err == nil && !o.rawBody() {
			err = checkContent(o, r.Header, body)
		}
		if err != nil {
			e.fail(w, r, err)
			return
		}
		o.body = body
		r = r.WithContext(context.WithValue(r.Context(), requestKey, r.Header))
		if o.rawBody() {
			// The generated server reads JSON into structs, which would lose the
			// publisher's bytes, so every form of event is handed on as bytes.
			r.Header = r.Header.Clone()
			r.Header.Set("Content-Type", "application/octet-stream")
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
		next.ServeHTTP(w, r)
	})
}

// headers are the request's own, before [edge.readBody] changed any.
func headers(ctx context.Context) http.Header {
	h, _ := ctx.Value(requestKey).(http.Header)
	return h
}

func (e *edge) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := e.cfg.MaxBodyBytes
	tooLarge := sdk.Errorf(sdk.CodeTooLarge, "The body must have at most %d bytes", limit)
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		return nil, tooLarge
	case err != nil:
		return nil, &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: "The body could not be read to its end"}
	}
	return body, nil
}

func checkEncoding(h http.Header) error {
	if c := h.Get("Content-Encoding"); c != "" && !strings.EqualFold(c, "identity") {
		return sdk.Errorf(sdk.CodeUnsupportedMediaType, "The body must not be compressed; send it without Content-Encoding")
	}
	return nil
}

// checkContent refuses what is not JSON. A body without a content type is taken
// for JSON.
func checkContent(o *operation, h http.Header, body []byte) error {
	types := o.contentTypes()
	if types == nil {
		return nil
	}
	if contentType := h.Get("Content-Type"); contentType == "" {
		h.Set("Content-Type", types[0])
	} else if media, params, err := mime.ParseMediaType(contentType); err != nil || !slices.Contains(types, media) ||
		(params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8")) {
		return sdk.Errorf(sdk.CodeUnsupportedMediaType, "The Content-Type must be %s", strings.Join(types, " or "))
	}
	if err := explain.JSON(body); err != nil {
		return err
	}
	return nil
}
