package listen_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/listen"
)

const (
	secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfgh4vWlZk="
	event  = `{"specversion":"1.0","id":"1","type":"order.created","data":{"total":1.50}}`
)

// start runs a listener and returns its URL, what it shows, and its end.
func start(t *testing.T, o listen.Options) (url string, seen <-chan listen.Delivery, ended <-chan error) {
	t.Helper()
	shows, done := make(chan listen.Delivery, 10), make(chan error, 1)
	o.Secret, o.Now = secret, time.Now
	o.Show = func(d listen.Delivery) { shows <- d }
	l, err := listen.New(o)
	require.NoError(t, err)
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() { done <- l.Run(ctx, socket) }()
	return "http://" + socket.Addr().String() + "/", shows, done
}

// post sends a delivery with a signature, or with that of another body.
func post(t *testing.T, url, body, signed string) (status int, answer string) {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	now := time.Now()
	signature, err := signer.Sign("1", now, []byte(signed))
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header = http.Header{
		"Content-Type": {"application/cloudevents+json"}, "Webhook-Id": {"1"},
		"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}, "Webhook-Signature": {signature},
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func TestListenShowsDeliveries(t *testing.T) {
	t.Parallel()
	url, seen, ended := start(t, listen.Options{Count: 3})
	status, _ := post(t, url, event, event)
	require.Equal(t, http.StatusNoContent, status)
	d := <-seen
	require.NoError(t, d.Signature)
	require.Equal(t, []string{"1", "order.created", event}, []string{d.ID, d.Type, string(d.Body)})

	status, _ = post(t, url, event+" ", event)
	require.Equal(t, http.StatusUnauthorized, status)
	d = <-seen
	require.Error(t, d.Signature)
	require.Equal(t, http.StatusUnauthorized, d.Status)

	status, _ = post(t, url, "not JSON", "not JSON")
	require.Equal(t, http.StatusNoContent, status)
	d = <-seen
	require.Empty(t, d.ID+d.Type)
	require.NoError(t, <-ended, "three were wanted")
}

func TestForwardedAnswerBecomesTheAnswer(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 1)
	bodies := make(chan string, 1)
	mine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r
		bodies <- string(b)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("busy"))
	}))
	t.Cleanup(mine.Close)
	url, seen, _ := start(t, listen.Options{Forward: mine.URL + "/hooks"})
	status, answer := post(t, url, event, event)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "busy", answer)
	r := <-got
	require.Equal(t, "/hooks", r.URL.Path)
	require.Equal(t, "application/cloudevents+json", r.Header.Get("Content-Type"))
	require.NotEmpty(t, r.Header.Get("Webhook-Signature"))
	require.Equal(t, event, <-bodies)
	d := <-seen
	require.Equal(t, http.StatusServiceUnavailable, d.Status)
	require.NoError(t, d.Forward)

	mine.Close()
	status, _ = post(t, url, event, event)
	require.Equal(t, http.StatusBadGateway, status)
	require.Error(t, (<-seen).Forward)
}

// What was not signed by the gateway is not passed on.
func TestForgedDeliveriesAreNotForwarded(t *testing.T) {
	t.Parallel()
	mine := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("forwarded") }))
	t.Cleanup(mine.Close)
	url, seen, _ := start(t, listen.Options{Forward: mine.URL, Count: 1})
	status, _ := post(t, url, event, "another")
	require.Equal(t, http.StatusUnauthorized, status)
	require.Error(t, (<-seen).Signature)
}

func TestBadSecret(t *testing.T) {
	t.Parallel()
	_, err := listen.New(listen.Options{Secret: "whsec_*"})
	require.ErrorContains(t, err, "Standard Webhooks")
}
