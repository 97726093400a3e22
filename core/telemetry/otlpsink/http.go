package otlpsink

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// maxBody bounds a request as it comes, maxInflated what gzip makes of it.
const (
	maxBody     = 4 << 20
	maxInflated = 16 << 20
)

const protobufType = "application/x-protobuf"

// path of the traces, by https://opentelemetry.io/docs/specs/otlp/#otlphttp-request.
const path = "/v1/traces"

var errTooLarge = errors.New("the request is too large: send smaller batches")

// ServeHTTP takes POST /v1/traces with protobuf, plain or gzip.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.URL.Path != path:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "use POST", http.StatusMethodNotAllowed)
		return
	case media != protobufType:
		http.Error(w, "send "+protobufType, http.StatusUnsupportedMediaType)
		return
	}
	var req collectorpb.ExportTraceServiceRequest
	if status, err := read(w, r, &req); err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	spans, rejected := fromProto(req.GetResourceSpans())
	s.add(spans)
	answer(w, rejected)
}

func read(w http.ResponseWriter, r *http.Request, into proto.Message) (status int, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge, errTooLarge
	}
	if err != nil {
		return http.StatusBadRequest, errors.New("the request's body is not complete")
	}
	switch enc := r.Header.Get("Content-Encoding"); enc {
	case "", "identity":
	case "gzip":
		if body, err = inflate(body); errors.Is(err, errTooLarge) {
			return http.StatusRequestEntityTooLarge, err
		}
	default:
		return http.StatusUnsupportedMediaType, errors.New("the content encoding is not supported: use gzip or none")
	}
	if err == nil {
		err = proto.Unmarshal(body, into)
	}
	if err != nil {
		return http.StatusBadRequest, fmt.Errorf("the request is malformed: %w", err)
	}
	return 0, nil
}

func inflate(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, maxInflated+1))
	if len(out) > maxInflated {
		return nil, errTooLarge
	}
	return out, err
}

func answer(w http.ResponseWriter, rejected int64) {
	var res collectorpb.ExportTraceServiceResponse
	if rejected > 0 {
		res.PartialSuccess = &collectorpb.ExportTracePartialSuccess{
			RejectedSpans: rejected, ErrorMessage: "spans without a valid trace id and span id",
		}
	}
	out, err := proto.Marshal(&res)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", protobufType)
	_, _ = w.Write(out)
}
