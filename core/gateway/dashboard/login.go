package dashboard

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/openapi/client"
)

const loginPath = Path + "/login"

// loginForm is what the login page shows.
type loginForm struct {
	Next  string
	Error string
}

func (d *Dashboard) loginPage(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.URL.Query().Get("next"))
	if _, err := d.session(r); err == nil {
		http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // localPath lets no other site through
		return
	}
	d.show(w, r, http.StatusOK, "login", page{Title: "Log in", Notice: notice(r), Data: loginForm{Next: next}})
}

func (d *Dashboard) login(w http.ResponseWriter, r *http.Request) {
	next, key := localPath(r.PostFormValue("next")), strings.TrimSpace(r.PostFormValue("key"))
	s, err := d.open(r, key)
	if err == nil {
		err = d.setSession(w, r, s)
	}
	if err != nil {
		d.show(w, r, http.StatusUnauthorized, "login", page{Title: "Log in", Data: loginForm{Next: next, Error: err.Error()}})
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // localPath lets no other site through
}

// open asks the API whose the key is.
func (d *Dashboard) open(r *http.Request, key string) (session, error) {
	if key == "" || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return session{}, errors.New("Enter the key as it was shown: visible characters without spaces.") //nolint:staticcheck // shown as it is
	}
	now := d.cfg.Now()
	s := session{Key: key, Issued: now, Expires: now.Add(sessionAge)}
	api, err := d.api(s)
	if err != nil {
		return session{}, err
	}
	one := 1
	_, err = api.ListAccountsWithResponse(r.Context(), &switchhook.ListAccountsParams{Limit: &one})
	var p *client.Problem
	switch {
	case err == nil:
		s.Operator = true
		return s, nil
	case !errors.As(err, &p):
		return session{}, errors.New("The gateway cannot answer just now; try again.") //nolint:staticcheck // shown as it is
	case p.Status == http.StatusForbidden:
		return s, nil // a good key, of one account
	case p.Status == http.StatusUnauthorized:
		return session{}, errors.New("The key is unknown, expired or revoked.") //nolint:staticcheck // shown as it is
	}
	return session{}, errors.New(p.Detail)
}

func (d *Dashboard) logout(w http.ResponseWriter, r *http.Request) {
	d.endSession(w, r)
	http.Redirect(w, r, loginPath+"?notice=logged-out", http.StatusSeeOther)
}

// toLogin has somebody log in, and leads back after it.
func (d *Dashboard) toLogin(w http.ResponseWriter, r *http.Request, why string) {
	if r.Header.Get("HX-Request") != "" {
		// A part of a page would be put where the part was: load the page anew.
		w.Header().Set("HX-Refresh", "true")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	q := url.Values{}
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		q.Set("next", r.URL.RequestURI())
	}
	if why != "" {
		q.Set("notice", why)
	}
	target := loginPath
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// localPath is a path of the dashboard; "/" for all that is none, such as an
// address of another site.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(next, Path+"/") || strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(u.Path, loginPath) {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
}

// cameFromElsewhere tells a link of another site: browsers keep a strict cookie from
// the request that it makes, but not from the one that a page of ours makes.
func cameFromElsewhere(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}
