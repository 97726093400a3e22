package dashboard

import (
	"bytes"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// page is what the frame around every page shows.
type page struct {
	Title, Nav, Notice string
	// In tells that somebody has logged in.
	In       bool
	Operator bool
	// Account that an operator acts for, of Accounts; Here is the page's own address.
	Account  string
	Accounts []string
	Here     string
	Data     any
}

// notices are what a page says after something was done, by the word in its address:
// an address cannot put its own words into a page.
var notices = map[string]string{
	"logged-out":  "You have logged out.",
	"key-ended":   "Your key does not work any more: it has expired or was revoked. Log in with another one.",
	"saved":       "The changes are saved.",
	"enabled":     "The subscription is enabled.",
	"disabled":    "The subscription is disabled; it gets nothing until it is enabled again.",
	"deleted":     "The subscription is deleted.",
	"retried":     "The delivery is due again.",
	"cancelled":   "It is cancelled.",
	"revoked":     "The key is revoked.",
	"paused":      "The replay is paused.",
	"resumed":     "The replay goes on.",
	"replay-made": "The replay has started.",
}

func notice(r *http.Request) string { return notices[r.URL.Query().Get("notice")] }

// parsePages reads the frame, the parts and each page.
func parsePages(now func() time.Time) (map[string]*template.Template, error) {
	frame, err := template.New("").Funcs(functions(now)).ParseFS(files, "templates/*.tmpl")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/pages/*.tmpl")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		clone, err := frame.Clone()
		if err != nil {
			return nil, err
		}
		if pages[strings.TrimSuffix(path.Base(name), ".tmpl")], err = clone.ParseFS(files, name); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// show writes a page; nothing of it, if it cannot be written whole.
func (d *Dashboard) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	var out bytes.Buffer
	if err := d.pages[name].ExecuteTemplate(&out, "frame.tmpl", p); err != nil {
		d.cfg.Log.ErrorContext(r.Context(), "a page of the dashboard cannot be written", "page", name, "error", err)
		http.Error(w, "The page cannot be written; the gateway's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the reader is gone if this fails
}
