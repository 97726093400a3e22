// Package bearer gets access tokens of subscribers' token servers, by the grant of
// client credentials (RFC 6749, section 4.4), and keeps them while they last. Token
// servers are asked through egress, as subscribers are.
package bearer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Client is who asks for a token, of whom, and for what.
type Client struct {
	TokenURL string
	ID       string
	Secret   sdk.Secret
	Scopes   []string
	// Audience is sent as the parameter audience, unless it is "".
	Audience string
}

func (c *Client) equal(o *Client) bool {
	return c.TokenURL == o.TokenURL && c.ID == o.ID && c.Secret == o.Secret && c.Audience == o.Audience && slices.Equal(c.Scopes, o.Scopes)
}

// Sender sends one request. Errors are [*egress.Error].
type Sender interface {
	Do(ctx context.Context, r egress.Request) (egress.Response, error)
}

const (
	// fetchTimeout bounds a request for a token.
	fetchTimeout = 10 * time.Second
	// early is how long before its end a token is replaced.
	early = 30 * time.Second
	// unlimited is how long a token is kept whose end is not said.
	unlimited = time.Hour
	// pause is how long a token server that refused is left alone.
	pause = time.Second
	// maxAnswer bounds a token server's answer in bytes.
	maxAnswer = 64 << 10
	// maxToken is the longest token in bytes.
	maxToken = 16 << 10
	// maxKept bounds the tokens that are kept.
	maxKept = 10_000
)

// Tokens keeps the tokens of subscriptions, named by K. All methods may be called
// at once.
type Tokens[K comparable] struct {
	sender Sender
	now    func() time.Time

	mu   sync.Mutex
	kept map[K]*entry
}

// entry is the token of one subscription.
type entry struct {
	client Client
	config *clientcredentials.Config
	// used is when it was asked for last.
	used time.Time

	token string
	until time.Time
	// fetched is when the token came.
	fetched time.Time
	// failed is why there is none until then.
	failed error
	// fetch is closed when the fetch under way has ended; nil: there is none.
	fetch chan struct{}
}

// New returns tokens that are fetched by a sender.
func New[K comparable](s Sender, now func() time.Time) *Tokens[K] {
	return &Tokens[K]{sender: s, now: now, kept: map[K]*entry{}}
}

// Get returns a token that lasts, which it fetches if need be: once at a time for
// a subscription, however many ask. It waits until ctx ends. The error says why
// there is none, in a sentence without secrets.
func (t *Tokens[K]) Get(ctx context.Context, key K, c Client) (sdk.Secret, error) {
	for {
		token, wait, err := t.look(ctx, key, c)
		if wait == nil {
			return sdk.Secret(token), err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return "", fmt.Errorf("no token came in time: %w", ctx.Err())
		}
	}
}

// Refuse tells that a subscriber did not take a token: the next one is fetched,
// unless this one has just come, and another would be no better.
func (t *Tokens[K]) Refuse(key K, token sdk.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.kept[key]; e != nil && e.token == token.Reveal() && t.now().Sub(e.fetched) >= pause {
		e.token = ""
	}
}

// look returns the token, or why there is none, or what to wait for.
func (t *Tokens[K]) look(ctx context.Context, key K, c Client) (token string, wait chan struct{}, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	e := t.kept[key]
	if e == nil || !e.client.equal(&c) {
		t.makeRoom()
		e = &entry{client: c, config: c.config()}
		t.kept[key] = e
	}
	e.used = now
	switch {
	case e.token != "" && now.Before(e.until):
		return e.token, nil, nil
	case e.failed != nil && now.Before(e.until):
		return "", nil, e.failed
	case e.fetch == nil:
		e.fetch = make(chan struct{})
		go t.fetch(context.WithoutCancel(ctx), e)
	}
	return "", e.fetch, nil
}

// makeRoom forgets a tenth of the entries where there are too many, those that
// were not asked for the longest.
func (t *Tokens[K]) makeRoom() {
	if len(t.kept) < maxKept {
		return
	}
	used := make([]time.Time, 0, len(t.kept))
	for _, e := range t.kept {
		used = append(used, e.used)
	}
	slices.SortFunc(used, time.Time.Compare)
	for key, e := range t.kept {
		if !e.used.After(used[len(used)/10]) {
			delete(t.kept, key)
		}
	}
}

// fetch fills an entry. It ends within [fetchTimeout]; whoever began it may be gone.
func (t *Tokens[K]) fetch(ctx context.Context, e *entry) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	token, err := t.ask(ctx, e)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	e.token, e.failed = "", err
	if err != nil {
		e.until = now.Add(pause)
	} else {
		e.token, e.until, e.fetched = token.AccessToken, lasts(token, now), now
	}
	close(e.fetch)
	e.fetch = nil
}

// lasts is until when a token is used: shortly before its end, and for half of the
// time of one that ends soon.
func lasts(t *oauth2.Token, now time.Time) time.Time {
	if t.Expiry.IsZero() {
		return now.Add(unlimited)
	}
	left := t.Expiry.Sub(now)
	return now.Add(max(left-early, left/2, 0))
}

func (t *Tokens[K]) ask(ctx context.Context, e *entry) (*oauth2.Token, error) {
	client := &http.Client{
		Transport: transport{t.sender},
		// A redirect would carry the client's secret to who knows where.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	token, err := e.config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	switch {
	case err != nil:
		return nil, explain(err)
	case !isToken(token.AccessToken):
		return nil, errBadToken
	case token.TokenType != "" && token.Type() != "Bearer":
		return nil, errTokenType
	}
	return token, nil
}

func (c *Client) config() *clientcredentials.Config {
	out := &clientcredentials.Config{ClientID: c.ID, ClientSecret: c.Secret.Reveal(), TokenURL: c.TokenURL, Scopes: c.Scopes}
	if c.Audience != "" {
		out.EndpointParams = url.Values{"audience": {c.Audience}}
	}
	return out
}

var (
	errBadToken  = errors.New("the token server's answer has no token that can stand in a header")
	errTokenType = errors.New("the token server gives tokens of another type than Bearer")
)

// isToken tells whether text may stand after Bearer (RFC 6750, section 2.1).
func isToken(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return text != "" && len(text) <= maxToken
}
