package pluginclient

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// logBuffer collects log lines as JSON.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func TestLineWriter(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in                   []string
		level, message, more string
	}{
		"json":           {[]string{`{"@level":"warn","@message":"m","@timestamp":"t","key":1}` + "\n"}, "WARN", "m", `"key":1`},
		"trace is debug": {[]string{`{"@level":"trace","@message":"m"}` + "\n"}, "DEBUG", "m", ""},
		"in pieces":      {[]string{`{"@level":"er`, `ror","@message":"m"}`, "\n"}, "ERROR", "m", ""},
		"text":           {[]string{"hello \r\n"}, "INFO", "hello", ""},
		"wrong types":    {[]string{`{"@level":1,"@message":{}}` + "\n"}, "INFO", `{"@level":1,"@message":{}}`, ""},
		"no level":       {[]string{`{"@level":7,"@message":"m"}` + "\n"}, "INFO", "m", ""},
		"panic":          {[]string{"panic: x\n"}, "ERROR", "panic: x", ""},
		"own keys":       {[]string{`{"@message":"m","level":"x","msg":"y"}` + "\n"}, "INFO", "m", `"plugin":{"level":"x","msg":"y"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logs := &logBuffer{}
			w := newLineWriter(logs.logger())
			for _, part := range test.in {
				n, err := w.Write([]byte(part))
				require.NoError(t, err)
				require.Equal(t, len(part), n)
			}
			var got map[string]any
			require.NoError(t, json.Unmarshal([]byte(logs.String()), &got))
			require.Equal(t, test.level, got["level"])
			require.Equal(t, test.message, got["msg"])
			require.Contains(t, logs.String(), test.more)
		})
	}
}

func TestLineWriterIsBounded(t *testing.T) {
	t.Parallel()
	logs := &logBuffer{}
	w := newLineWriter(logs.logger())
	for range 100 {
		_, _ = w.Write([]byte(strings.Repeat("x", maxLine/10)))
	}
	require.LessOrEqual(t, len(w.line), maxLine)
	_, _ = w.Write([]byte("\nnext\n\n"))
	lines := strings.Split(strings.TrimSpace(logs.String()), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], `"cut":true`)
	require.Less(t, len(lines[0]), maxLine+1000)
	require.Contains(t, lines[1], `"msg":"next"`)
	require.NotContains(t, lines[1], "cut")
}

func FuzzLineWriter(f *testing.F) {
	f.Add([]byte("{\"@message\":null}\n"))
	f.Add([]byte("\xff\n\n{\"@level\":\"error\",\"@message\":\"\",\"a\":{\"b\":[1]}}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		w := newLineWriter((&logBuffer{}).logger())
		n, err := w.Write(in)
		require.NoError(t, err)
		require.Equal(t, len(in), n)
		require.LessOrEqual(t, len(w.lastLine()), maxQuoted)
	})
}
