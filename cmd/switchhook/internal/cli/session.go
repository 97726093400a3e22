package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

const (
	defaultServer = "http://127.0.0.1:8080"
	timeout       = 60 * time.Second
)

// session is one command's connection to the gateway.
type session struct {
	*switchhook.Client
	// server is the gateway's URL, format one of [answer.Formats].
	server, format string
	key, account   string
}

// connect reads the flags and variables that all commands share.
func connect(cmd *cobra.Command) (*session, error) {
	format, err := answer.Format(cmd.Flags())
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
	return &session{Client: client, server: strings.TrimRight(server, "/"), format: format, key: key, account: account}, nil
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

// run makes a call and shows the answer: as it is with -o json and yaml, else by table.
func run[T any](cmd *cobra.Command, call func(context.Context, *session) (*http.Response, error), table func(*printer, T)) error {
	s, err := connect(cmd)
	if err != nil {
		return err
	}
	body, err := answer.Read(call(cmd.Context(), s))
	if err != nil {
		return err
	}
	if s.format != answer.Table {
		return answer.Print(cmd.OutOrStdout(), s.format, body)
	}
	v, err := answer.Decode[T](body)
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
	if _, err := answer.Read(call(cmd.Context(), s)); err != nil {
		return err
	}
	if s.format != answer.Table {
		return nil
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), message)
	return err
}

// jsonBody is a request's body, in which JSON inside of it stays as it was written.
func jsonBody(v any) (io.Reader, error) {
	text, err := jsondata.Marshal(v)
	return bytes.NewReader(text), err
}

// parseID reads an id from the command line.
func parseID(text, what string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return id, fmt.Errorf("%q is not the id of %s, which is a UUID", text, what)
	}
	return id, nil
}
