// Package client is the Go client of the unified API. Its operations are those of
// the generated package gen/switchhook; this package adds what every program needs
// around them: the key, errors as [Problem], requests sent again where that is
// safe, and lists without pages.
//
// It stands beside the documents since it follows from them alone: it knows
// nothing of the gateway.
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// Client calls one gateway. It is safe for use by several goroutines.
//
// Each operation of the document has a method that ends in WithResponse, whose
// result has the answer's JSON in the field of its status, such as JSON200. A
// method's error is a [*Problem] where the gateway answered with one, so that the
// field of the documented success is never nil when err is.
type Client struct {
	*switchhook.ClientWithResponses
	raw *switchhook.Client
}

// options are what New is told beside the address and the key.
type options struct {
	http    *http.Client
	account string
	retries retries
}

// Option changes what [New] makes.
type Option func(*options)

// WithHTTPClient has requests sent by c; the default one gives each try 30 seconds.
func WithHTTPClient(c *http.Client) Option { return func(o *options) { o.http = c } }

// WithAccount acts for the account of an id or name; the key must be an operator's.
func WithAccount(account string) Option { return func(o *options) { o.account = account } }

// WithRetries bounds how often a request is sent, the first time included, and for
// how long in all. The default is 4 times within a minute; 1 is never again.
func WithRetries(most uint, within time.Duration) Option {
	return func(o *options) { o.retries = retries{most: max(1, most), within: within} }
}

// tryTimeout bounds one try where the program does not bring an HTTP client.
const tryTimeout = 30 * time.Second

// New returns a client of the gateway at a URL such as http://127.0.0.1:8080, with
// the token of an API key. It sends nothing yet.
func New(baseURL, token string, opts ...Option) (*Client, error) {
	o := options{http: &http.Client{Timeout: tryTimeout}, retries: retries{most: 4, within: time.Minute}}
	for _, opt := range opts {
		opt(&o)
	}
	u, err := url.Parse(baseURL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, errors.New("baseURL must be an http or https URL such as http://127.0.0.1:8080")
	case token == "" || strings.ContainsAny(token, " \r\n\t"):
		return nil, errors.New("token must be that of an API key, without spaces")
	}
	raw, err := switchhook.NewClient(strings.TrimRight(baseURL, "/"), switchhook.WithHTTPClient(&doer{http: o.http, retries: o.retries}),
		switchhook.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			if o.account != "" {
				r.Header.Set("Switchhook-Account", o.account)
			}
			return nil
		}))
	if err != nil {
		return nil, fmt.Errorf("make the client: %w", err)
	}
	return &Client{ClientWithResponses: &switchhook.ClientWithResponses{ClientInterface: raw}, raw: raw}, nil
}

// Once marks a request that makes something with an Idempotency-Key, so that it can
// be sent again without making another: give it to the operation's method. The
// gateway answers a key that it has seen within a day as it did before, with the
// header Idempotency-Replayed. The key is the program's own, such as the id of what
// it makes the thing for, of 1 to 255 visible ASCII characters; it belongs to one
// request, and with another one is refused. What takes none passes it over.
func Once(key string) switchhook.RequestEditorFn {
	return func(_ context.Context, r *http.Request) error {
		r.Header.Set(idempotencyKey, key)
		return nil
	}
}

// NewOnce is [Once] with a new key: the request's own tries count as one.
func NewOnce() switchhook.RequestEditorFn { return Once(uuid.NewString()) }
