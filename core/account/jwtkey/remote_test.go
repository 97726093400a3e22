package jwtkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account/jwtkey"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// keyServer answers with a key set, or as it is told.
type keyServer struct {
	*httptest.Server
	mu      sync.Mutex
	body    []byte
	status  int
	header  http.Header
	fetches int
}

func newKeyServer(t *testing.T) *keyServer {
	t.Helper()
	s := &keyServer{status: http.StatusOK, header: http.Header{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fetches++
		for name, values := range s.header {
			w.Header()[name] = values
		}
		w.WriteHeader(s.status)
		_, _ = w.Write(s.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *keyServer) answer(t *testing.T, status int, set any) {
	t.Helper()
	body, err := json.Marshal(set)
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.body = status, body
}

func (s *keyServer) fetched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

// rig is a verifier on a key server, with a clock to be moved.
type rig struct {
	*jwtkey.Verifier
	server *keyServer
	mu     sync.Mutex
	at     time.Time
	log    bytes.Buffer
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{server: newKeyServer(t), at: now}
	r.Verifier = newVerifier(t, config(func(c *jwtkey.Config) {
		c.Secret, c.URL, c.Now = "", r.server.URL+"/jwks", r.now
		c.Leeway = 24 * time.Hour // the clock moves for the keys, not for the tokens
		c.Log = slog.New(slog.NewTextHandler(&r.log, nil))
	}))
	return r
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = r.at.Add(d)
}

func (r *rig) take(t *testing.T, token string) {
	t.Helper()
	_, err := r.Verify(t.Context(), token)
	require.NoError(t, err)
}

func (r *rig) refuse(t *testing.T, token string, code sdk.Code) {
	t.Helper()
	_, err := r.Verify(t.Context(), token)
	require.True(t, sdk.IsCode(err, code), "want %v: %v", code, err)
	if code == sdk.CodeUnavailable {
		require.Positive(t, sdk.AsError(err).RetryAfter)
		require.NotContains(t, err.Error(), "127.0.0.1")
	}
}

func TestKeysAreFetchedOnceAndWhenOneIsUnknown(t *testing.T) {
	t.Parallel()
	r, old, fresh := newRig(t), newKeys(t), newKeys(t)
	r.server.answer(t, 200, old.set(t, "rsa"))
	require.Zero(t, r.server.fetched(), "nothing is asked at the start")
	for range 3 {
		r.take(t, old.sign(t, "rsa"))
	}
	require.Equal(t, 1, r.server.fetched())

	r.server.answer(t, 200, fresh.set(t, "ec"))
	r.refuse(t, fresh.sign(t, "ec"), sdk.CodeUnauthenticated)
	require.Equal(t, 1, r.server.fetched(), "not again within a second")
	r.pass(time.Second)
	r.take(t, fresh.sign(t, "ec"))
	r.refuse(t, old.sign(t, "rsa"), sdk.CodeUnauthenticated)
}

func TestForgedTokensDoNotBecomeFetches(t *testing.T) {
	t.Parallel()
	r, keys := newRig(t), newKeys(t)
	r.server.answer(t, 200, keys.set(t))
	forged := newKeys(t)
	for range 50 {
		r.refuse(t, forged.sign(t, "ec"), sdk.CodeUnauthenticated)
	}
	require.Equal(t, 1, r.server.fetched())
}

// Withdrawn keys end, though no token names an unknown one.
func TestKeysAreFetchedAgainInTime(t *testing.T) {
	t.Parallel()
	r, keys := newRig(t), newKeys(t)
	r.server.answer(t, 200, keys.set(t))
	token := keys.sign(t, "ec")
	r.take(t, token)
	r.server.answer(t, 200, keys.set(t, "rsa"))
	r.pass(4 * time.Minute)
	r.take(t, token)
	r.pass(time.Minute)
	r.refuse(t, token, sdk.CodeUnauthenticated)
	r.take(t, keys.sign(t, "rsa"))
	r.refuse(t, token, sdk.CodeUnauthenticated)
}

func TestAKeyServerThatIsDown(t *testing.T) {
	t.Parallel()
	r, keys := newRig(t), newKeys(t)
	r.server.answer(t, 200, keys.set(t, "rsa"))
	r.take(t, keys.sign(t, "rsa"))
	r.server.answer(t, 500, "")
	r.pass(time.Second)
	r.refuse(t, keys.sign(t, "ec"), sdk.CodeUnavailable)
	r.take(t, keys.sign(t, "rsa"))
	r.pass(time.Hour)
	r.take(t, keys.sign(t, "rsa"))
	r.pass(time.Minute)
	r.server.answer(t, 200, keys.set(t))
	r.take(t, keys.sign(t, "ec"))
	require.Contains(t, r.log.String(), "the key server gives no keys")
}

func TestAnswersOfKeyServers(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	private := jose.JSONWebKey{Key: keys["rsa"].private, KeyID: "private"}
	mixed := keys.set(t, "ec")
	mixed.Keys = append(mixed.Keys, private, jose.JSONWebKey{Key: []byte(secret), KeyID: "shared"})
	for name, test := range map[string]struct {
		status int
		set    any
		code   sdk.Code
	}{
		"not found":     {404, keys.set(t), sdk.CodeUnavailable},
		"a redirect":    {302, keys.set(t), sdk.CodeUnavailable},
		"no set":        {200, "keys", sdk.CodeUnavailable},
		"an empty set":  {200, jose.JSONWebKeySet{}, sdk.CodeUnavailable},
		"far too large": {200, strings.Repeat("x", 300<<10), sdk.CodeUnavailable},
		"a mixed set":   {200, mixed, 0},
		"another's set": {200, newKeys(t).set(t), sdk.CodeUnauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.server.header.Set("Location", "https://example.com/")
			r.server.answer(t, test.status, test.set)
			if test.code == 0 {
				r.take(t, keys.sign(t, "ec"))
			} else {
				r.refuse(t, keys.sign(t, "ec"), test.code)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.server.Close()
		r.refuse(t, keys.sign(t, "ec"), sdk.CodeUnavailable)
	})
}

func TestAWaitForKeysEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	release, asked := make(chan struct{}), make(chan struct{}, 8)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	v := newVerifier(t, config(func(c *jwtkey.Config) { c.Secret, c.URL = "", server.URL }))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := v.Verify(ctx, newKeys(t).sign(t, "ec"))
	require.ErrorIs(t, err, context.Canceled)
}
