package dashboard

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

const (
	cookieName = "switchhook_session"
	// sessionAge is how long a login lasts.
	sessionAge = 12 * time.Hour
	// maxCookie is what browsers keep of one cookie, with its name and attributes
	// (RFC 6265, section 6.1).
	maxCookie = 3800
)

// sessionPurpose binds what is sealed to sessions: no other sealed value is one.
var sessionPurpose = []byte("switchhook dashboard session")

// errNoSession is returned for a request that nobody has logged in for.
var errNoSession = errors.New("no session")

// session is who has logged in. It stands in the cookie, sealed, and nowhere else:
// any gateway of the database can read it, and nothing is left after logging out.
type session struct {
	// Key is the API key's token.
	Key string `json:"key"`
	// Operator tells whether the key is an operator's; Account is the one it acts
	// for, "" the default.
	Operator bool      `json:"operator,omitempty"`
	Account  string    `json:"account,omitempty"`
	Issued   time.Time `json:"issued"`
	Expires  time.Time `json:"expires"`
}

// setSession writes the cookie.
func (d *Dashboard) setSession(w http.ResponseWriter, r *http.Request, s session) error {
	plain, err := json.Marshal(s)
	if err != nil {
		return err
	}
	sealed, err := d.cfg.Box.Seal(string(plain), sessionPurpose)
	if err != nil {
		return err
	}
	c := d.cookie(r, base64.RawURLEncoding.EncodeToString(sealed)) //nolint:gosec // cookie sets the attributes
	c.Expires = s.Expires
	if len(c.Value) > maxCookie {
		return errors.New("the key is too long for a cookie: log in with an API key of this gateway")
	}
	http.SetCookie(w, c)
	return nil
}

func (d *Dashboard) endSession(w http.ResponseWriter, r *http.Request) {
	c := d.cookie(r, "") //nolint:gosec // cookie sets the attributes
	c.MaxAge = -1
	http.SetCookie(w, c)
}

// cookie is sent back to the gateway alone, not by forms or links of other sites,
// and no script reads it.
func (d *Dashboard) cookie(r *http.Request, value string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure where browsers come by https; a local gateway has none
		Name: cookieName, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: d.cfg.HTTPS || r.TLS != nil,
	}
}

// session reads the cookie. One that was changed, has ended or was sealed under
// another key is none.
func (d *Dashboard) session(r *http.Request) (session, error) {
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) > maxCookie {
		return session{}, errNoSession
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(sealed) == 0 {
		return session{}, errNoSession
	}
	plain, err := d.cfg.Box.Open(sealed, sessionPurpose)
	if err != nil {
		return session{}, errNoSession
	}
	var s session
	if err := json.Unmarshal([]byte(plain), &s); err != nil || s.Key == "" || !d.cfg.Now().Before(s.Expires) {
		return session{}, errNoSession
	}
	return s, nil
}
