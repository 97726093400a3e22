package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// Problem is why a request failed (RFC 9457). Code is stable for programs, Errors
// name the fields at fault.
//
//	var problem *client.Problem
//	if errors.As(err, &problem) && problem.Code == "not_found" { … }
type Problem struct { //nolint:errname // the word of RFC 9457
	switchhook.Problem
	// RetryAfter is when the gateway wants to be asked again; 0 if it did not say.
	RetryAfter time.Duration
}

// Error words the problem with the fields at fault.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%d %s)", p.Detail, p.Status, p.Code)
	if p.Errors != nil {
		for _, f := range *p.Errors {
			fmt.Fprintf(&b, "; %s %s: %s", f.In, f.Field, f.Message)
		}
	}
	return b.String()
}

// maxProblem bounds what is read of a failure.
const maxProblem = 1 << 20

// problemOf reads a failure and closes it. What is no problem, such as the page of
// a proxy, becomes one of the answer's status.
func problemOf(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("read the answer %s: %w", resp.Status, err)
	}
	p := &Problem{RetryAfter: retryAfter(resp.Header)}
	if json.Unmarshal(body, &p.Problem) != nil || p.Title == "" {
		p.Problem = switchhook.Problem{
			Type: "about:blank", Title: http.StatusText(resp.StatusCode), Code: "not_switchhook",
			Detail: "The answer is none of a Switchhook gateway: is one at this address?",
		}
	}
	p.Status = resp.StatusCode
	return p
}
