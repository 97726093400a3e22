package sdk

import (
	"io"
	"log/slog"
	"strings"
)

// hclogTime is the form in which go-plugin writes times.
const hclogTime = "2006-01-02T15:04:05.000000Z07:00"

// newLogHandler writes JSON lines with the keys of go-plugin's own log, so that
// a host gets level and message of every line.
func newLogHandler(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) > 0 {
				return a
			}
			switch a.Key {
			case slog.TimeKey:
				return slog.String("@timestamp", a.Value.Time().Format(hclogTime))
			case slog.LevelKey:
				return slog.String("@level", strings.ToLower(a.Value.String()))
			case slog.MessageKey:
				return slog.String("@message", a.Value.String())
			}
			return a
		},
	})
}
