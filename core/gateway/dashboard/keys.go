package dashboard

import (
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

type keysPage struct {
	Form
	Items       []switchhook.Key
	Next, First string
}

func (v *visit) keys() error {
	list, err := v.api.ListKeysWithResponse(v, nil, v.query("state", "cursor"))
	if err != nil {
		return err
	}
	out := keysPage{Form: newForm(v.r.URL.Query()), Items: list.JSON200.Items}
	out.Next, out.First = v.pages(list.JSON200.NextCursor)
	return v.render("keys", "keys", "Keys", out)
}

// keyForm makes a key, or one in the place of another.
type keyForm struct {
	Form
	Key *switchhook.Key
	// Made is shown once.
	Made *switchhook.KeyWithToken
}

func (v *visit) newKey() error {
	return v.render("key-new", "keys", "New key", keyForm{Form: newForm(v.r.URL.Query())})
}

func (v *visit) createKey() error {
	f, err := v.posted()
	if err != nil {
		return err
	}
	out := keyForm{Form: f}
	known(f, "name", "scopes", "expires_at", "operator")
	body := switchhook.NewKey{Name: f.text("name")}
	if scopes := strings.Fields(strings.ReplaceAll(f.Get("scopes"), ",", " ")); len(scopes) > 0 {
		body.Scopes = &scopes
	}
	if text := f.text("expires_at"); text != "" {
		t, err := readTime(text)
		if err != nil {
			f.wrong("expires_at", "Write a date and a time, such as 2027-01-01T00:00, in UTC, or leave it empty.")
		}
		body.ExpiresAt = &t
	}
	if f.On("operator") {
		yes := true
		body.Operator = &yes
	}
	if f.ok() {
		got, err := v.api.CreateKeyWithResponse(v, body, f.doneOnce())
		if err == nil {
			out.Made = got.JSON201
			return v.render("key-made", "keys", "New key", out)
		}
		if err = out.take(err); err != nil {
			return err
		}
	}
	return v.render("key-new", "keys", "New key", out)
}

// mostKeys are looked through for the one that a page names.
const mostKeys = 10

// key finds a key of the account. The API lists keys alone.
func (v *visit) key(id uuid.UUID) (*switchhook.Key, error) {
	params := switchhook.ListKeysParams{}
	limit := mostNames
	params.Limit = &limit
	for range mostKeys {
		list, err := v.api.ListKeysWithResponse(v, &params)
		if err != nil {
			return nil, err
		}
		for _, k := range list.JSON200.Items {
			if k.ID == id {
				return &k, nil
			}
		}
		if list.JSON200.NextCursor == nil {
			break
		}
		params.Cursor = list.JSON200.NextCursor
	}
	return nil, errNoPage
}

func (v *visit) confirmRotate() error { return v.confirmKey("key-rotate", "Replace a key") }
func (v *visit) confirmRevoke() error { return v.confirmKey("key-revoke", "Revoke a key") }

func (v *visit) confirmKey(name, title string) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	k, err := v.key(id)
	if err != nil {
		return err
	}
	return v.render(name, "keys", title, keyForm{Form: newForm(v.r.URL.Query()), Key: k})
}

func (v *visit) rotateKey() error {
	id, f, err := v.postedTo()
	if err != nil {
		return err
	}
	out := keyForm{Form: f}
	known(f, "overlap_seconds")
	overlap := f.integer("overlap_seconds")
	if f.ok() {
		got, err := v.api.RotateKeyWithResponse(v, id, switchhook.KeyRotation{OverlapSeconds: overlap}, f.doneOnce())
		if err == nil {
			out.Made = got.JSON201
			return v.render("key-made", "keys", "New key", out)
		}
		if err = out.take(err); err != nil {
			return err
		}
	}
	if out.Key, err = v.key(id); err != nil {
		return err
	}
	return v.render("key-rotate", "keys", "Replace a key", out)
}

func (v *visit) revokeKey() error {
	return v.end("/keys", "revoked", func(id uuid.UUID) error {
		_, err := v.api.RevokeKeyWithResponse(v, id)
		return err
	})
}
