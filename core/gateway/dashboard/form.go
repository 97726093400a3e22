package dashboard

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/openapi/client"
)

// Form is what stands in the fields of a page, and what is wrong with them.
type Form struct {
	Values url.Values
	// Problem is what is wrong with the whole; Errors by field.
	Problem string
	Errors  map[string]string
	// Once makes the same form sent twice one request.
	Once string
}

func newForm(values url.Values) Form {
	f := Form{Values: values, Errors: map[string]string{}, Once: values.Get("once")}
	if f.Once == "" {
		f.Once = once()
	}
	return f
}

// posted reads the form that was sent.
func (v *visit) posted() (Form, error) {
	if err := v.r.ParseForm(); err != nil {
		return Form{}, &client.Problem{Problem: switchhook.Problem{
			Title: "The form cannot be read", Status: http.StatusBadRequest, Detail: "The form is malformed or too large",
		}}
	}
	return newForm(v.r.PostForm), nil
}

// Get returns the value of a field.
func (f Form) Get(name string) string { return f.Values.Get(name) }

// On tells whether a box is ticked.
func (f Form) On(name string) bool { return f.Values.Get(name) != "" }

// Is tells whether a choice is taken.
func (f Form) Is(name, value string) bool { return slices.Contains(f.Values[name], value) }

// Error is what is wrong with a field.
func (f Form) Error(name string) string { return f.Errors[name] }

// text is a field's value without the space around it.
func (f Form) text(name string) string { return strings.TrimSpace(f.Values.Get(name)) }

// wrong notes what is wrong with a field.
func (f Form) wrong(name, why string) { f.Errors[name] = why }

// ok tells whether nothing is wrong.
func (f Form) ok() bool { return len(f.Errors) == 0 && f.Problem == "" }

// take puts an error of the API beside the fields that it names. Errors that no
// other value would mend are returned.
func (f *Form) take(err error) error {
	var p *client.Problem
	if !errors.As(err, &p) {
		return err
	}
	switch p.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusTooManyRequests:
	default:
		return err
	}
	f.Problem = strings.TrimSuffix(p.Detail, ".") + "."
	if p.Errors == nil {
		return nil
	}
	for _, e := range *p.Errors {
		name, rest := fieldOf(e.Field)
		text := e.Message
		if rest != "" {
			text = rest + ": " + text
		}
		if _, known := f.Values[name]; !known {
			f.Problem += " " + strings.TrimPrefix(e.Field, "/") + " " + e.Message + "."
		} else if f.Errors[name] == "" {
			f.Errors[name] = text
		}
	}
	return nil
}

// fieldOf is the name of the field for a JSON pointer such as /delivery/timeout_seconds,
// /auth/basic/username or /events/0, and the rest of the pointer.
func fieldOf(pointer string) (name, rest string) {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	taken := 1
	switch {
	case parts[0] == "auth", parts[0] == "delivery" && len(parts) > 1 && parts[1] == "retry":
		taken = min(3, len(parts))
	case parts[0] == "delivery":
		taken = min(2, len(parts))
	}
	return strings.Join(parts[:taken], "."), strings.Join(parts[taken:], "/")
}

// doneOnce marks a request with the form's own key.
func (f Form) doneOnce() switchhook.RequestEditorFn { return client.Once(f.Once) }

// list reads a field of one entry a line.
func (f Form) list(name string) []string {
	out := []string{}
	for line := range strings.Lines(f.Values.Get(name)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// postedTo reads the form that was sent, and the id in the path of what it is for.
func (v *visit) postedTo() (uuid.UUID, Form, error) {
	id, err := v.id()
	if err != nil {
		return id, Form{}, err
	}
	f, err := v.posted()
	return id, f, err
}

// act does something to what the path names, once for each form, and leads back to
// its page below a section such as "/replays/".
func (v *visit) act(section, done string, do func(uuid.UUID, switchhook.RequestEditorFn) error) error {
	id, f, err := v.postedTo()
	if err != nil {
		return err
	}
	if err := do(id, f.doneOnce()); err != nil {
		return err
	}
	return v.redirect(Path+section+id.String(), done)
}

// end ends what the path names, which may be done twice, and leads to the list of
// its kind.
func (v *visit) end(list, done string, do func(uuid.UUID) error) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := do(id); err != nil {
		return err
	}
	return v.redirect(Path+list, done)
}
