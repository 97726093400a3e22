package unified

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPanicsAreLoggedAndNotShown(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := &edge{cfg: Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
	w := httptest.NewRecorder()
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("index 7 of table users") })
	e.identify(e.recover(handler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/events", nil))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.JSONEq(t, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"Internal error",
		"code":"internal","request_id":"`+w.Header().Get("X-Request-Id")+`"}`, w.Body.String())
	require.Contains(t, log.String(), "index 7 of table users")
	require.Contains(t, log.String(), "edge_test.go", "the stack says where")
}

func TestErrorsAreLoggedWithTheirCause(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := &edge{cfg: Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
	w := httptest.NewRecorder()
	e.fail(w, httptest.NewRequest(http.MethodGet, "/v1/events", nil), errors.New("disk full"))
	require.Contains(t, log.String(), "disk full")
	require.NotContains(t, w.Body.String(), "disk full")
}
