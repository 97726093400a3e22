package bearer_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/egress/bearer"
)

// server is a token server.
type server struct {
	asked  atomic.Int64
	answer func(n int64, r egress.Request) (egress.Response, error)
}

func (s *server) Do(_ context.Context, r egress.Request) (egress.Response, error) {
	return s.answer(s.asked.Add(1), r)
}

func answer(status int, body string) (egress.Response, error) {
	return egress.Response{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}, nil
}

// numbered gives the tokens t1, t2, … that last so many seconds.
func numbered(seconds int) *server {
	return &server{answer: func(n int64, _ egress.Request) (egress.Response, error) {
		time.Sleep(100 * time.Millisecond) //nolint:forbidigo // of the bubble's clock
		return answer(200, fmt.Sprintf(`{"access_token":"t%d","token_type":"bearer","expires_in":%d}`, n, seconds))
	}}
}

const secret = "the-client-secret"

var client = bearer.Client{
	TokenURL: "https://auth.example.com/token?x=1", ID: "id:1", Secret: secret, Scopes: []string{"a", "b"}, Audience: "hooks",
}

func get(t *testing.T, tokens *bearer.Tokens[string], key string, c bearer.Client) string {
	t.Helper()
	token, err := tokens.Get(t.Context(), key, c)
	require.NoError(t, err)
	return token.Reveal()
}

func TestTheRequestIsThatOfTheRFC(t *testing.T) {
	t.Parallel()
	s := &server{answer: func(_ int64, r egress.Request) (egress.Response, error) {
		require.Equal(t, http.MethodPost, r.Method)
		require.Equal(t, client.TokenURL, r.URL)
		require.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
		require.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte("id%3A1:"+secret)), r.Header.Get("Authorization"))
		form, err := url.ParseQuery(string(r.Body))
		require.NoError(t, err)
		require.Equal(t, url.Values{"grant_type": {"client_credentials"}, "scope": {"a b"}, "audience": {"hooks"}}, form)
		return answer(200, `{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
	}}
	require.Equal(t, "t", get(t, bearer.New[string](s, time.Now), "k", client))
}

// Servers that know no Basic scheme get the credentials in the body.
func TestCredentialsMayGoInTheBody(t *testing.T) {
	t.Parallel()
	s := &server{answer: func(_ int64, r egress.Request) (egress.Response, error) {
		if r.Header.Get("Authorization") != "" {
			return answer(401, `{"error":"invalid_client"}`)
		}
		form, err := url.ParseQuery(string(r.Body))
		require.NoError(t, err)
		require.Equal(t, secret, form.Get("client_secret"))
		return answer(200, `{"access_token":"t"}`)
	}}
	require.Equal(t, "t", get(t, bearer.New[string](s, time.Now), "k", client))
}

func TestTokensAreKeptUntilShortlyBeforeTheirEnd(t *testing.T) {
	for name, c := range map[string]struct {
		seconds int
		kept    time.Duration
	}{
		"an hour": {3600, 3569 * time.Second}, "a minute": {60, 29 * time.Second}, "a moment": {10, 4 * time.Second}, "not said": {0, 3599 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := numbered(c.seconds)
			tokens := bearer.New[string](s, time.Now)
			require.Equal(t, "t1", get(t, tokens, "k", client), name)
			time.Sleep(c.kept) //nolint:forbidigo // of the bubble's clock
			require.Equal(t, "t1", get(t, tokens, "k", client), name)
			time.Sleep(2 * time.Second) //nolint:forbidigo // of the bubble's clock
			require.Equal(t, "t2", get(t, tokens, "k", client), name)
		})
	}
}

func TestOneFetchAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := numbered(3600)
		tokens := bearer.New[string](s, time.Now)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if token, err := tokens.Get(t.Context(), "k", client); err != nil || token.Reveal() != "t1" {
					t.Errorf("%s, %v", token.Reveal(), err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, s.asked.Load())
		require.Equal(t, "t2", get(t, tokens, "other", client), "another subscription has a token of its own")
		changed := client
		changed.Scopes = []string{"c"}
		require.Equal(t, "t3", get(t, tokens, "k", changed), "and so has another client")
	})
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := numbered(3600)
		tokens := bearer.New[string](s, time.Now)
		require.Equal(t, "t1", get(t, tokens, "k", client))
		tokens.Refuse("k", "t1")
		require.Equal(t, "t1", get(t, tokens, "k", client), "it has just come")
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble's clock
		tokens.Refuse("k", "t1")
		require.Equal(t, "t2", get(t, tokens, "k", client))
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble's clock
		tokens.Refuse("k", "t1")
		require.Equal(t, "t2", get(t, tokens, "k", client), "another was refused")
		tokens.Refuse("unknown", "t1")
	})
}

func TestWhoeverWaitsMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := bearer.New[string](numbered(3600), time.Now)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := tokens.Get(ctx, "k", client)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, "t1", get(t, tokens, "k", client), "the fetch went on")
	})
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		response egress.Response
		failure  error
		want     string
	}{
		"refused":         {egress.Response{Status: 401, Header: jsonType, Body: []byte(`{"error":"invalid_client","error_description":"` + secret + `"}`)}, nil, "the token server answered 401 Unauthorized (invalid_client)"},
		"unknown code":    {egress.Response{Status: 400, Header: jsonType, Body: []byte(`{"error":"` + secret + `"}`)}, nil, "the token server answered 400 Bad Request"},
		"error with 200":  {egress.Response{Status: 200, Header: jsonType, Body: []byte(`{"error":"invalid_scope"}`)}, nil, "the token server answered 200 OK (invalid_scope)"},
		"redirect":        {egress.Response{Status: 307, Header: http.Header{"Location": {"https://evil.example.com/"}}}, nil, "the token server answered 307 Temporary Redirect"},
		"no token":        {egress.Response{Status: 200, Header: jsonType, Body: []byte(`{}`)}, nil, "the token server's answer is no token (RFC 6749, section 5.1)"},
		"no JSON":         {egress.Response{Status: 200, Header: jsonType, Body: []byte(secret)}, nil, "the token server's answer is no token (RFC 6749, section 5.1)"},
		"a line break":    {egress.Response{Status: 200, Header: jsonType, Body: []byte(`{"access_token":"a\r\nb"}`)}, nil, "the token server's answer has no token that can stand in a header"},
		"a huge one":      {egress.Response{Status: 200, Header: jsonType, Body: []byte(`{"access_token":"` + strings.Repeat("a", 16<<10+1) + `"}`)}, nil, "the token server's answer has no token that can stand in a header"},
		"another type":    {egress.Response{Status: 200, Header: jsonType, Body: []byte(`{"access_token":"a","token_type":"mac"}`)}, nil, "the token server gives tokens of another type than Bearer"},
		"too long":        {egress.Response{Status: 200, Header: jsonType, Body: []byte(`{`), BodyTruncated: true}, nil, "the token server's answer is too long"},
		"no answer":       {egress.Response{}, &egress.Error{Kind: egress.KindRefused, Text: "the connection was refused"}, "the token server cannot be asked: the connection was refused"},
		"what no one has": {egress.Response{}, errors.New(secret), "the token server's answer is no token (RFC 6749, section 5.1)"},
	} {
		s := &server{answer: func(int64, egress.Request) (egress.Response, error) { return c.response, c.failure }}
		_, err := bearer.New[string](s, time.Now).Get(t.Context(), "k", client)
		require.EqualError(t, err, c.want, name)
	}
}

var jsonType = http.Header{"Content-Type": {"application/json"}}

// A token server that refuses is not asked for every delivery.
func TestFailuresAreKeptForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int64, egress.Request) (egress.Response, error) { return answer(500, `{}`) }}
		tokens := bearer.New[string](s, time.Now)
		for range 10 {
			_, err := tokens.Get(t.Context(), "k", client)
			require.Error(t, err)
		}
		asked := s.asked.Load()
		require.LessOrEqual(t, asked, int64(2), "once for each way to send credentials")
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble's clock
		_, err := tokens.Get(t.Context(), "k", client)
		require.Error(t, err)
		require.Greater(t, s.asked.Load(), asked)
	})
}
