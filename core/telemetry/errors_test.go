package telemetry

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestErrorHandlerLogsOneLineAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newErrorHandler(NewLogger(&out, "text", "info"))
		lines := func() int { return strings.Count(out.String(), "\n") }
		h.Handle(nil)
		require.Zero(t, lines())
		for range 100 {
			h.Handle(errors.New("collector is down"))
		}
		require.Equal(t, 1, lines())
		require.Contains(t, out.String(), "collector is down")
		<-time.After(59 * time.Second)
		h.Handle(errors.New("collector is down"))
		require.Equal(t, 1, lines())
		<-time.After(time.Second)
		h.Handle(errors.New("collector is down"))
		require.Equal(t, 2, lines())
		require.Contains(t, out.String(), "hidden_failures=100")
	})
}
