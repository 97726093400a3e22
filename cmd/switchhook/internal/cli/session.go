package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/gen/switchhook"
)

const (
	defaultServer = "http://127.0.0.1:8080"
	timeout       = 60 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 256 << 20
)

// session is one command's connection to the gateway.
type session struct {
	*switchhook.Client
	// server is the gateway's URL, format one of [formats].
	server, format string
}

// connect reads the flags and variables that all commands share.
func connect(cmd *cobra.Command) (*session, error) {
	format, err := outputFormat(cmd)
	if err != nil {
		return nil, err
	}
	server := setting(cmd, "server", "SWITCHHOOK_URL", defaultServer)
	if u, err := url.Parse(server); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("--server (SWITCHHOOK_URL) must be a URL such as " + defaultServer)
	}
	key := strings.TrimSpace(setting(cmd, "key", "SWITCHHOOK_KEY", ""))
	if key == "" {
		return nil, errors.New("the API key is missing: set SWITCHHOOK_KEY, or --key")
	}
	account := setting(cmd, "account", "SWITCHHOOK_ACCOUNT", "")
	client, err := switchhook.NewClient(strings.TrimRight(server, "/"),
		switchhook.WithHTTPClient(&http.Client{Timeout: timeout}),
		switchhook.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+key)
			if account != "" {
				r.Header.Set("Switchhook-Account", account)
			}
			return nil
		}))
	if err != nil {
		return nil, err
	}
	return &session{Client: client, server: strings.TrimRight(server, "/"), format: format}, nil
}

func setting(cmd *cobra.Command, flag, variable, otherwise string) string {
	if v, _ := cmd.Flags().GetString(flag); v != "" {
		return v
	}
	if v := os.Getenv(variable); v != "" {
		return v
	}
	return otherwise
}

// read returns the body of a successful answer; else the problem that it tells.
func read(resp *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case len(body) > maxAnswer:
		return nil, errors.New("the answer is too large; ask for fewer items with --limit")
	case resp.StatusCode >= http.StatusMultipleChoices:
		return nil, failure(resp, body)
	}
	return body, nil
}

// unreachable says what to do about a gateway that does not answer.
func unreachable(err error) error {
	var e *url.Error
	if errors.As(err, &e) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the gateway cannot be reached: %w\nIs it running there? Name another one with --server or SWITCHHOOK_URL", e.Err)
	}
	return err
}

// failure words a problem with the fields at fault.
func failure(resp *http.Response, body []byte) error {
	var p switchhook.Problem
	if json.Unmarshal(body, &p) != nil || p.Title == "" {
		return fmt.Errorf("the gateway answered %s; is this a Switchhook gateway?", resp.Status)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%d %s)", p.Detail, p.Status, p.Code)
	if p.Errors != nil {
		for _, f := range *p.Errors {
			fmt.Fprintf(&b, "\n  %s: %s", strings.TrimSpace(string(f.In)+" "+f.Field), f.Message)
		}
	}
	if p.Status >= http.StatusInternalServerError {
		fmt.Fprintf(&b, "\n  request id: %s", p.RequestID)
	}
	return &problemError{Problem: p, text: b.String()}
}

// problemError is a problem that the gateway answered, in words for a terminal.
type problemError struct {
	switchhook.Problem
	text string
}

// Error implements error.
func (e *problemError) Error() string { return e.text }

// blames tells whether the problem is with a field of the body.
func (e *problemError) blames(pointer string) bool {
	return e.Errors != nil && slices.ContainsFunc(*e.Errors, func(f switchhook.FieldProblem) bool {
		return f.In == switchhook.FieldProblemInBody && f.Field == pointer
	})
}

// decode reads an answer's body.
func decode[T any](body []byte) (T, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("read the answer: %w", err)
	}
	return v, nil
}

// run makes a call and shows the answer: as it is with -o json and yaml, else by table.
func run[T any](cmd *cobra.Command, call func(context.Context, *session) (*http.Response, error), table func(*printer, T)) error {
	s, err := connect(cmd)
	if err != nil {
		return err
	}
	body, err := read(call(cmd.Context(), s)) //nolint:bodyclose // read closes it
	if err != nil {
		return err
	}
	if s.format != formatTable {
		return printAnswer(cmd.OutOrStdout(), s.format, body)
	}
	v, err := decode[T](body)
	if err != nil {
		return err
	}
	p := newPrinter(cmd)
	table(p, v)
	return p.flush()
}

// done makes a call that answers nothing, and says so.
func done(cmd *cobra.Command, message string, call func(context.Context, *session) (*http.Response, error)) error {
	s, err := connect(cmd)
	if err != nil {
		return err
	}
	if _, err := read(call(cmd.Context(), s)); err != nil { //nolint:bodyclose // read closes it
		return err
	}
	if s.format != formatTable {
		return nil
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), message)
	return err
}

// parseID reads an id from the command line.
func parseID(text, what string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return id, fmt.Errorf("%q is not the id of %s, which is a UUID", text, what)
	}
	return id, nil
}
