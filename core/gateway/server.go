package gateway

import (
	"log/slog"
	"net/http"

	"github.com/switchhook/switchhook/core/config"
)

// NewServer returns the HTTP server of a handler, bounded as configured. The
// caller listens, serves and shuts it down.
func NewServer(cfg config.Server, handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: cfg.ReadHeaderTimeout,
		ReadTimeout:       cfg.ReadTimeout,
		WriteTimeout:      cfg.WriteTimeout,
		IdleTimeout:       cfg.IdleTimeout,
		MaxHeaderBytes:    cfg.MaxHeaderBytes,
		// The gateway answers OPTIONS * itself, as any path that does not exist.
		DisableGeneralOptionsHandler: true,
		// Mostly clients that break connections off.
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
