// Package answer reads what the unified API answers, and words its problems for
// a terminal.
package answer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// maxBytes bounds what is read of an answer.
const maxBytes = 256 << 20

// Read returns the body of a successful answer and closes it. Errors: [*Error]
// where the gateway told a problem; else what to do about a gateway that does not
// answer as one.
func Read(resp *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case len(body) > maxBytes:
		return nil, errors.New("the answer is too large; ask for fewer items with --limit")
	case resp.StatusCode >= http.StatusMultipleChoices:
		return nil, failure(resp, body)
	}
	return body, nil
}

// Tagged is [Read] with the answer's ETag; "" if it has none.
func Tagged(resp *http.Response, err error) (body []byte, tag string, _ error) {
	if body, err = Read(resp, err); err != nil {
		return nil, "", err
	}
	return body, resp.Header.Get("ETag"), nil
}

// Decode reads an answer's body.
func Decode[T any](body []byte) (T, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("read the answer: %w", err)
	}
	return v, nil
}

// unreachable says what to do about a gateway that does not answer.
func unreachable(err error) error {
	var e *url.Error
	if errors.As(err, &e) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the gateway cannot be reached: %w\nIs it running there? Name another one with --server or SWITCHHOOK_URL", e.Err)
	}
	return err
}

// Error is a problem that the gateway answered.
type Error struct{ switchhook.Problem }

// Error words the problem with the fields at fault.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%d %s)", e.Detail, e.Status, e.Code)
	for _, f := range e.Fields() {
		fmt.Fprintf(&b, "\n  %s: %s", strings.TrimSpace(string(f.In)+" "+f.Field), f.Message)
	}
	if e.Status >= http.StatusInternalServerError {
		fmt.Fprintf(&b, "\n  request id: %s", e.RequestID)
	}
	return b.String()
}

// Fields are those at fault.
func (e *Error) Fields() []switchhook.FieldProblem {
	if e.Errors == nil {
		return nil
	}
	return *e.Errors
}

// Blames tells whether a member of the body, named by a JSON pointer, is at fault.
func (e *Error) Blames(pointer string) bool {
	return slices.ContainsFunc(e.Fields(), func(f switchhook.FieldProblem) bool {
		return f.In == switchhook.FieldProblemInBody && f.Field == pointer
	})
}

func failure(resp *http.Response, body []byte) error {
	var p switchhook.Problem
	if json.Unmarshal(body, &p) != nil || p.Title == "" {
		return fmt.Errorf("the gateway answered %s; is this a Switchhook gateway?", resp.Status)
	}
	return &Error{p}
}
