package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLogTailFindsTheAddress(t *testing.T) {
	t.Parallel()
	l := newLogTail()
	for _, part := range []string{
		"not JSON\n", `{"msg":"ready to start","listen":"no"}` + "\n", `{"msg":"re`, `ady","listen":"127.0.0.1:42"}` + "\n",
		`{"msg":"ready","listen":"127.0.0.1:43"}` + "\n",
	} {
		n, err := io.WriteString(l, part)
		require.NoError(t, err)
		require.Equal(t, len(part), n)
	}
	require.Equal(t, "127.0.0.1:42", <-l.listening)
	require.Empty(t, l.listening)
}

func TestLogTailIsBounded(t *testing.T) {
	t.Parallel()
	l := newLogTail()
	for range 10 {
		_, _ = io.WriteString(l, strings.Repeat("x", maxTail-1))
	}
	_, _ = io.WriteString(l, "end")
	require.Len(t, l.String(), maxTail)
	require.True(t, strings.HasSuffix(l.String(), "xend"))
	require.LessOrEqual(t, len(l.line), maxTail)
}

func TestStartReportsWhatFails(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Binary: "/nowhere/switchhook"})
	require.ErrorContains(t, err, "start the gateway")
	script := filepath.Join(t.TempDir(), "switchhook")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho no database >&2\nexit 3\n"), 0o700))
	_, err = Start(t.Context(), Options{Binary: script})
	require.ErrorContains(t, err, "ended at its start: exit status 3; its log ends:\nno database")
}

func TestBodies(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !json.Valid(body) {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		got = append(got, fmt.Sprint(r.URL.Path, " ", r.Header.Get("Content-Type"), " ", string(body)))
		switch {
		case r.URL.Path == "/v1/subscriptions":
			w.WriteHeader(http.StatusCreated)
		case len(got) == 4:
			http.Error(w, "full", http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	defer server.Close()
	g := &Gateway{base: server.URL, client: server.Client()}
	require.NoError(t, g.Subscribe(t.Context(), "standard", "http://127.0.0.1/hook/0", "a.b"))
	require.NoError(t, g.Publish(t.Context(), Event{Type: "a.b", Data: []byte(`{"n":1}`)}))
	require.NoError(t, g.PublishBatch(t.Context(), []Event{{"1", "a", []byte("7")}, {"2", "b", []byte("8")}}))
	require.EqualError(t, g.Publish(t.Context(), Event{Type: "a.b", Data: []byte(`1`)}), "the gateway answers 503 to POST /v1/events: full\n")
	require.Equal(t, []string{
		`/v1/subscriptions application/json {"events":["a.b"],"provider":"standard","url":"http://127.0.0.1/hook/0"}`,
		`/v1/events application/json {"type":"a.b","data":{"n":1}}`,
		`/v1/events application/cloudevents-batch+json [{"specversion":"1.0","id":"1","source":"/load","type":"a","datacontenttype":"application/json","data":7},` +
			`{"specversion":"1.0","id":"2","source":"/load","type":"b","datacontenttype":"application/json","data":8}]`,
		`/v1/events application/json {"type":"a.b","data":1}`,
	}, got)
}
