package dashboard

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
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

// pages are the templates of the pages by name. Each is parsed at its first use:
// they are a third of what an idle gateway keeps, which the garbage collector of a
// busy one goes through ten times a second, and many are never looked at.
type pages map[string]func() (*template.Template, error)

// newPages finds the pages; the frame and the parts around them are parsed once.
func newPages(now func() time.Time) (pages, error) {
	names, err := fs.Glob(files, "templates/pages/*.tmpl")
	if err != nil {
		return nil, err
	}
	frame := sync.OnceValues(func() (*template.Template, error) {
		return template.New("").Funcs(functions(now)).ParseFS(files, "templates/*.tmpl")
	})
	out := pages{}
	for _, name := range names {
		out[strings.TrimSuffix(path.Base(name), ".tmpl")] = sync.OnceValues(func() (*template.Template, error) {
			around, err := frame()
			if err != nil {
				return nil, err
			}
			clone, err := around.Clone()
			if err != nil {
				return nil, err
			}
			return clone.ParseFS(files, name)
		})
	}
	return out, nil
}

// write writes a page within its frame.
func (ps pages) write(w io.Writer, name string, p page) error {
	parsed, ok := ps[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	t, err := parsed()
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(w, "frame.tmpl", p)
}

// show writes a page; nothing of it, if it cannot be written whole.
func (d *Dashboard) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	var out bytes.Buffer
	if err := d.pages.write(&out, name, p); err != nil {
		d.cfg.Log.ErrorContext(r.Context(), "a page of the dashboard cannot be written", "page", name, "error", err)
		http.Error(w, "The page cannot be written; the gateway's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the reader is gone if this fails
}
