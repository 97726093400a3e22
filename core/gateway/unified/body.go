package unified

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// bodies are buffers of events' bodies, of which nothing is kept once they are
// parsed.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxKeptBody is the largest buffer that is used again, in bytes.
const maxKeptBody = 256 << 10

// readBody reads the whole body within its bound and settles its content type.
func (e *edge) readBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		var buffer *bytes.Buffer
		if c.operation.rawBody {
			buffer, _ = bodies.Get().(*bytes.Buffer)
			defer release(buffer)
		} else {
			buffer = new(bytes.Buffer)
		}
		var err error
		c.body, err = e.body(w, r, buffer)
		if err == nil && c.operation.contentTypes != nil {
			err = checkEncoding(r.Header)
		}
		if err == nil && !c.operation.rawBody {
			err = checkContent(c.operation, r.Header, c.body)
		}
		if err != nil {
			e.fail(w, r, err)
			return
		}
		if !c.operation.rawBody {
			r.Body = io.NopCloser(bytes.NewReader(c.body))
			r.ContentLength = int64(len(c.body))
		}
		next.ServeHTTP(w, r)
	})
}

func release(buffer *bytes.Buffer) {
	if buffer.Cap() <= maxKeptBody {
		buffer.Reset()
		bodies.Put(buffer)
	}
}

// body reads the request's body into buffer.
func (e *edge) body(w http.ResponseWriter, r *http.Request, buffer *bytes.Buffer) ([]byte, error) {
	limit := e.cfg.MaxBodyBytes
	var err error
	switch n := r.ContentLength; {
	case n > limit:
		return nil, tooLarge(limit)
	case n >= 0:
		// The server gives no more than the length that the client has named.
		buffer.Grow(int(n))
		body := buffer.AvailableBuffer()[:n]
		_, err = io.ReadFull(r.Body, body)
		buffer.Write(body)
	default:
		_, err = buffer.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	}
	if err != nil {
		return nil, unreadable(err, limit)
	}
	return buffer.Bytes(), nil
}

func unreadable(err error, limit int64) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(limit)
	}
	return &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: "The body could not be read to its end"}
}

func tooLarge(limit int64) error {
	return sdk.Errorf(sdk.CodeTooLarge, "The body must have at most %d bytes", limit)
}

func checkEncoding(h http.Header) error {
	if c := h.Get("Content-Encoding"); c != "" && !strings.EqualFold(c, "identity") {
		return sdk.Errorf(sdk.CodeUnsupportedMediaType, "The body must not be compressed; send it without Content-Encoding")
	}
	return nil
}

// checkContent refuses what is not JSON. A body without a content type is taken
// for JSON; where none is required, one without a byte is none.
func checkContent(o *operation, h http.Header, body []byte) error {
	types := o.contentTypes
	if types == nil || (len(body) == 0 && !o.Operation.RequestBody.Value.Required) {
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
