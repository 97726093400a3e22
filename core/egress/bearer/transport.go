package bearer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"golang.org/x/oauth2"

	"github.com/switchhook/switchhook/core/egress"
)

// transport has an [http.Client] send through egress.
type transport struct{ sender Sender }

// errTooLong means that the answer is longer than any token's.
var errTooLong = errors.New("the token server's answer is too long")

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	header := r.Header.Clone()
	header.Set("Accept", "application/json")
	res, err := t.sender.Do(r.Context(), egress.Request{
		Method: r.Method, URL: r.URL.String(), Header: header, Body: body, Timeout: fetchTimeout, MaxBody: maxAnswer,
	})
	if err != nil {
		return nil, err
	}
	if res.BodyTruncated {
		return nil, errTooLong
	}
	if res.Header == nil {
		res.Header = http.Header{}
	}
	return &http.Response{
		StatusCode: res.Status, Status: fmt.Sprintf("%d %s", res.Status, http.StatusText(res.Status)), Header: res.Header,
		Body: io.NopCloser(bytes.NewReader(res.Body)), ContentLength: int64(len(res.Body)), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// explain says why there is no token. Neither the answer's text nor the request
// is shown: they may hold the secret.
func explain(err error) error {
	var refused *oauth2.RetrieveError
	var failed *egress.Error
	switch {
	case errors.As(err, &refused) && refused.Response != nil:
		why := fmt.Sprintf("the token server answered %s", refused.Response.Status)
		if code := refused.ErrorCode; isErrorCode(code) {
			why += " (" + code + ")"
		}
		return errors.New(why)
	case errors.As(err, &failed):
		return fmt.Errorf("the token server cannot be asked: %w", failed)
	case errors.Is(err, errTooLong):
		return errTooLong
	default:
		return errNoToken
	}
}

var errNoToken = errors.New("the token server's answer is no token (RFC 6749, section 5.1)")

// errorCodes are those of RFC 6749, section 5.2.
var errorCodes = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
	"server_error", "temporarily_unavailable", "invalid_target",
}

func isErrorCode(code string) bool {
	for _, known := range errorCodes {
		if strings.EqualFold(code, known) {
			return true
		}
	}
	return false
}
