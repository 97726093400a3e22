package pluginclient

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
)

const (
	// maxLine bounds one log line of a plugin; the rest of a longer one is dropped.
	maxLine = 64 << 10
	// maxQuoted bounds what of a line is quoted in an error.
	maxQuoted = 300
	// maxLineAttrs bounds the attributes taken from one line.
	maxLineAttrs = 32
)

// lineWriter turns what a plugin writes into log records: JSON lines with the
// keys of go-plugin's log at their level, others at info, and the trace of a
// panic at error.
type lineWriter struct {
	log *slog.Logger

	mu    sync.Mutex
	line  []byte
	cut   bool // the rest of the line is dropped
	panic string
	last  string
}

func newLineWriter(log *slog.Logger) *lineWriter { return &lineWriter{log: log} }

// Write never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(p)
	for {
		part, rest, ended := bytes.Cut(p, []byte{'\n'})
		if room := maxLine - len(w.line); len(part) > room {
			part, w.cut = part[:room], true
		}
		w.line = append(w.line, part...)
		if !ended {
			return n, nil
		}
		w.emit(strings.TrimSpace(string(w.line)))
		w.line, w.cut, p = w.line[:0], false, rest
	}
}

func (w *lineWriter) emit(line string) {
	if line == "" {
		return
	}
	level, message, attrs := w.parse(line)
	if w.cut {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	w.last = message
	w.log.LogAttrs(context.Background(), level, message, slog.Group("plugin", attrs...))
}

func (w *lineWriter) parse(line string) (slog.Level, string, []any) {
	var fields map[string]any
	if json.Unmarshal([]byte(line), &fields) == nil {
		message, ok := fields["@message"].(string)
		if ok {
			level, _ := fields["@level"].(string)
			return lineLevel(level), message, lineAttrs(fields)
		}
	}
	if w.panic == "" && (strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")) {
		w.panic = line
	}
	if w.panic != "" {
		return slog.LevelError, line, nil
	}
	return slog.LevelInfo, line, nil
}

func lineLevel(level string) slog.Level {
	switch level {
	case "error":
		return slog.LevelError
	case "warn":
		return slog.LevelWarn
	case "debug", "trace":
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}

func lineAttrs(fields map[string]any) []any {
	var attrs []any
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !strings.HasPrefix(key, "@") && len(attrs) < maxLineAttrs {
			attrs = append(attrs, slog.Any(key, fields[key]))
		}
	}
	return attrs
}

// panicked returns the first line of a panic, "" when there was none.
func (w *lineWriter) panicked() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return quoted(w.panic)
}

// lastLine returns the line that best says why a process ended.
func (w *lineWriter) lastLine() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.panic != "" {
		return "" // the exit error has it
	}
	return quoted(w.last)
}

func quoted(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxQuoted)], "")
}
