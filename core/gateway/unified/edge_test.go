package unified

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
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

func TestBefore(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"00000000-0000-0000-0000-000000000001": "00000000-0000-0000-0000-000000000000",
		"00000000-0000-0000-0000-000000010000": "00000000-0000-0000-0000-00000000ffff",
		"01000000-0000-0000-0000-000000000000": "00ffffff-ffff-ffff-ffff-ffffffffffff",
	} {
		require.Equal(t, want, before(uuid.MustParse(id)).String())
	}
}
