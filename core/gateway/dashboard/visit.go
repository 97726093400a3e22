package dashboard

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/openapi/client"
)

// visit is one request of somebody who has logged in.
type visit struct {
	context.Context //nolint:containedctx // a visit lasts as long as its request
	d               *Dashboard
	w               http.ResponseWriter
	r               *http.Request
	session         session
	api             *client.Client
}

// errNoPage is returned for a path that names nothing.
var errNoPage = errors.New("no such page")

// inside serves a page to those who have logged in, and to others the login.
func (d *Dashboard) inside(serve func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := d.session(r)
		if err != nil {
			if _, none := r.Cookie(cookieName); none != nil && cameFromElsewhere(r) {
				d.show(w, r, http.StatusOK, "onward", page{Title: "Opening", Data: r.URL.RequestURI()})
				return
			}
			d.toLogin(w, r, "")
			return
		}
		api, err := d.api(s)
		if err != nil {
			d.toLogin(w, r, "")
			return
		}
		ctx := withRequestID(r.Context(), w.Header().Get("X-Request-Id"))
		v := &visit{Context: ctx, d: d, w: w, r: r, session: s, api: api}
		if err := serve(v); err != nil {
			v.fail(err)
		}
	}
}

// api is the unified API as a session's key sees it.
func (d *Dashboard) api(s session) (*client.Client, error) {
	return client.New("http://gateway", s.Key, client.WithHTTPClient(d.client), client.WithAccount(s.Account), client.WithRetries(1, 0))
}

// message is a page that says one thing.
type message struct{ Text, Hint, RequestID string }

// fail shows why a page cannot be shown.
func (v *visit) fail(err error) {
	var p *client.Problem
	switch {
	case v.Err() != nil:
		return // nobody waits for the answer
	case errors.Is(err, errNoPage):
		v.message(http.StatusNotFound, "Not found", message{Text: "There is no such page, or what it showed is gone.", Hint: "Old deliveries and events are removed; see retention.age in the configuration."})
	case !errors.As(err, &p):
		v.d.cfg.Log.ErrorContext(v, "a page of the dashboard failed", slog.Any("error", err), slog.String("path", v.r.URL.Path))
		v.message(http.StatusInternalServerError, "The page failed", message{Text: "The page cannot be shown for a reason of the gateway's own.", Hint: "Its log says why.", RequestID: v.w.Header().Get("X-Request-Id")})
	case p.Status == http.StatusUnauthorized:
		v.d.endSession(v.w, v.r)
		v.d.toLogin(v.w, v.r, "key-ended")
	case p.Status == http.StatusNotFound:
		v.fail(errNoPage)
	case p.Status == http.StatusForbidden:
		v.message(p.Status, "Not allowed", message{Text: p.Detail + ".", Hint: "Log in with a key that has the scope, or have one made under Keys."})
	default:
		v.message(p.Status, p.Title, message{Text: sentence(p), RequestID: p.RequestID})
	}
}

func (v *visit) message(status int, title string, m message) {
	v.d.show(v.w, v.r, status, "message", v.page("", title, m))
}

// sentence words a problem with the fields at fault.
func sentence(p *client.Problem) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(p.Detail, ".") + ".")
	if p.Errors != nil {
		for _, f := range *p.Errors {
			b.WriteString(" " + strings.TrimPrefix(f.Field, "/") + " " + f.Message + ".")
		}
	}
	return b.String()
}

// page is the frame of a page: nav is the entry of the menu that it belongs to.
func (v *visit) page(nav, title string, data any) page {
	p := page{
		Title: title, Nav: nav, Notice: notice(v.r), Data: data, In: true,
		Operator: v.session.Operator, Account: v.session.Account, Here: v.r.URL.RequestURI(),
	}
	if v.r.Method != http.MethodGet {
		p.Here = "/"
	}
	if p.Operator && v.r.Header.Get("HX-Request") == "" {
		p.Accounts = v.accounts()
	}
	return p
}

// render shows a page.
func (v *visit) render(name, nav, title string, data any) error {
	v.d.show(v.w, v.r, http.StatusOK, name, v.page(nav, title, data))
	return nil
}

// mostAccounts are offered for choice; where there are more, the name is typed.
const mostAccounts = 100

// accounts lists the accounts that an operator may act for; none where there are too
// many, or they cannot be had just now.
func (v *visit) accounts() []string {
	limit := mostAccounts
	list, err := v.api.ListAccountsWithResponse(v, &switchhook.ListAccountsParams{Limit: &limit})
	if err != nil || list.JSON200.NextCursor != nil {
		return nil
	}
	names := make([]string, 0, len(list.JSON200.Items))
	for _, a := range list.JSON200.Items {
		names = append(names, a.Name)
	}
	return names
}

// redirect leads to a page after something was done; done is one of [notices].
func (v *visit) redirect(path, done string) error {
	if done != "" {
		path += "?notice=" + url.QueryEscape(done)
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// id reads the id in the path.
func (v *visit) id() (uuid.UUID, error) {
	id, err := uuid.Parse(v.r.PathValue("id"))
	if err != nil {
		return id, errNoPage
	}
	return id, nil
}

// query sends the named fields of the page's address to the API, which checks them.
func (v *visit) query(names ...string) switchhook.RequestEditorFn {
	return with(pick(v.r.URL.Query(), names...))
}

// with sets the query of a request.
func with(q url.Values) switchhook.RequestEditorFn {
	return func(_ context.Context, r *http.Request) error {
		r.URL.RawQuery = q.Encode()
		return nil
	}
}

// pick copies the fields that have a value.
func pick(from url.Values, names ...string) url.Values {
	out := url.Values{}
	for _, name := range names {
		if value := strings.TrimSpace(strings.Join(nonEmpty(from[name]), ",")); value != "" {
			out.Set(name, value)
		}
	}
	return out
}

func nonEmpty(in []string) []string {
	var out []string
	for _, s := range in {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// switchAccount has an operator act for another account.
func (v *visit) switchAccount() error {
	name := strings.TrimSpace(v.r.PostFormValue("account"))
	if !v.session.Operator || name == "" {
		return v.redirect("/", "")
	}
	if _, err := v.api.GetAccountWithResponse(v, name); err != nil {
		return err
	}
	s := v.session
	s.Account = name
	if err := v.d.setSession(v.w, v.r, s); err != nil {
		return err
	}
	return v.redirect("/", "")
}
